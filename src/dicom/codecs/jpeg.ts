import type dcmjsCodecs from 'dcmjs-codecs';
import { ColouriseError } from '../../domain/errors.js';
import type { ImagePixel } from '../image-pixel.js';
import { cellsOf, requireAgreement, type DecodedSamples } from './decoded-samples.js';
import { readJpegHeader } from './jpeg-header.js';

/** Baseline, extended sequential, lossless: the Huffman processes that DICOM allows. @see DICOM PS3.5 8.2.1 */
const lossyProcesses = [0xc0, 0xc1];
const losslessProcess = 0xc3;

/**
 * What libjpeg says when entropy-coded data does not add up; it would go on and invent the rest.
 * Extraneous bytes in front of a marker harm nothing and are not in here.
 */
const damage = /premature end|bad Huffman code|found marker|bad progression|Inconsistent/i;

/**
 * JPEG of 8, 12 and 16 bits, lossy and lossless, by the Independent JPEG Group's library (WebAssembly).
 * Which process it is stands in the codestream, so a transfer syntax that names another one does no harm.
 * @throws ColouriseError `MALFORMED`, `CORRUPT_PIXEL_DATA`, `UNSUPPORTED_TRANSFER_SYNTAX`
 */
export async function decodeJpeg(
  codestream: Uint8Array,
  pixel: ImagePixel,
): Promise<DecodedSamples> {
  const header = readJpegHeader(codestream);
  const lossy = lossyProcesses.includes(header.process);
  if (!lossy && header.process !== losslessProcess) {
    const process = header.process.toString(16);
    throw new ColouriseError('UNSUPPORTED_TRANSFER_SYNTAX', `JPEG process SOF 0x${process}`);
  }
  requireAgreement(header, pixel);
  const bytesPerCell = header.precision <= 8 ? 1 : 2;
  const { Context, NativeCodecs } = await start();
  // Another frame may have failed, and released the library, since it was started.
  if (!NativeCodecs.isInitialized()) return decodeJpeg(codestream, pixel);
  messages.length = 0;
  try {
    const decoded = NativeCodecs.decodeJpeg(
      new Context({
        width: header.columns,
        height: header.rows,
        // The library writes cells of this size, whatever the data set says.
        bitsAllocated: 8 * bytesPerCell,
        bitsStored: header.precision,
        samplesPerPixel: 1,
        pixelRepresentation: 0,
        planarConfiguration: 0,
        photometricInterpretation: 'MONOCHROME2',
        encodedBuffer: codestream,
      }),
    ).getDecodedBuffer();
    const complaint = messages.find((message) => damage.test(message));
    if (complaint) throw new Error(complaint);
    return { cells: cellsOf(decoded ?? new Uint8Array(), bytesPerCell, pixel), lossy };
  } catch (cause) {
    // An error leaves the instance in the middle of things, so the next frame starts a new one.
    NativeCodecs.release();
    if (cause instanceof ColouriseError) throw cause;
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new ColouriseError('CORRUPT_PIXEL_DATA', `JPEG: ${message}`, { cause });
  }
}

const messages: string[] = [];

/** Loads the library when it is first needed; its warnings come through its logger only. */
async function start(): Promise<typeof dcmjsCodecs> {
  const { default: codecs } = await import('dcmjs-codecs');
  if (codecs.NativeCodecs.isInitialized()) return codecs;
  codecs.log.methodFactory = () => (message: string) => {
    // Damaged data can bring one warning for each block.
    if (messages.length < 100) messages.push(message.split('::').at(-1) ?? '');
  };
  codecs.log.setLevel('info', false);
  await codecs.NativeCodecs.initializeAsync({ logCodecsInfo: true });
  return codecs;
}
