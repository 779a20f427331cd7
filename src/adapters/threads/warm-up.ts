import { decodeCodes } from '../../dicom/decode-frame.js';
import type { DicomDataset } from '../../domain/dicom-json.js';
import { Tag } from '../../domain/tags.js';
import { areaMean } from '../../imaging/area-mean.js';
import { displayGrey } from '../../imaging/display.js';
import type { DrawTask } from '../../ports/pictures.js';

/** Small, as what it lies on is kept until V8 next marks the heap; so it is taken often. */
const side = 512;
const grid = 64;
/** After which the compiler has done what it will. */
export const warmUpTimes = 8;

const attributes: DicomDataset = {
  [Tag.SamplesPerPixel]: { vr: 'US', Value: [1] },
  [Tag.PhotometricInterpretation]: { vr: 'CS', Value: ['MONOCHROME2'] },
  [Tag.Rows]: { vr: 'US', Value: [side] },
  [Tag.Columns]: { vr: 'US', Value: [side] },
  [Tag.BitsAllocated]: { vr: 'US', Value: [16] },
  [Tag.BitsStored]: { vr: 'US', Value: [12] },
  [Tag.HighBit]: { vr: 'US', Value: [11] },
  [Tag.PixelRepresentation]: { vr: 'US', Value: [0] },
  [Tag.WindowCenter]: { vr: 'DS', Value: [2048] },
  [Tag.WindowWidth]: { vr: 'DS', Value: [4000] },
};

/**
 * Takes a made-up film of 12 bits through the steps of a real one, as often as the compiler wants it, so that the first
 * patient waits neither for it nor for the default palette's table.
 * @returns what is drawn next, with evidence everywhere
 */
export async function warmUpFilm(): Promise<DrawTask> {
  const samples = Uint16Array.from({ length: side * side }, (_, at) => (at * 7) % 4096);
  const bytes = new Uint8Array(samples.buffer);
  const grey = new Uint8Array(new SharedArrayBuffer(side * side));
  const show = async () => {
    const frame = await decodeCodes(
      {
        attributes,
        transferSyntaxUID: '1.2.840.10008.1.2.1',
        pixelData: { kind: 'native', bytes, bigEndian: false, vr: 'OW' },
      },
      { maxPixels: side * side },
    );
    const { image } = displayGrey(frame, attributes, { memory: () => grey });
    areaMean(image, 256, 256);
    return image;
  };
  for (let time = 1; time < warmUpTimes; time++) await show();
  return {
    image: await show(),
    colouring: {
      kind: 'evidence',
      rows: grid,
      columns: grid,
      evidence: Float32Array.from({ length: grid * grid }, (_, at) => (at % 17) / 17),
    },
    rendering: { palette: 'magenta', strength: 1, banner: false },
    modelTitle: '',
  };
}
