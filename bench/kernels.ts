/** The work on pixels, on one thread, in processor time: what other processes do to the clock does not count. */
import { decodeCodes } from '../src/dicom/decode-frame.js';
import { encodePart10 } from '../src/dicom/part10.js';
import { readInstance } from '../src/dicom/read-instance.js';
import { Tag } from '../src/domain/tags.js';
import { areaMean } from '../src/imaging/area-mean.js';
import { displayGrey } from '../src/imaging/display.js';
import { fuseEvidence } from '../src/imaging/fuse-evidence.js';
import { paletteTable } from '../src/imaging/palette.js';
import type { Colouring } from '../src/ports/colouring.js';
import type { Film } from './films.js';
import { medianOf } from './statistics.js';

export interface Kernels {
  /** Part 10 bytes to displayed grey and the network's thumbnail. */
  readonly windowAndDownscaleMs: number;
  /** Grey and evidence to RGB, and the header of the object around it. */
  readonly fuseAndEncodeMs: number;
}

const warmUps = 4;
const repeats = 11;
const grid = 64;

export async function measureKernels({ part10 }: Film): Promise<Kernels> {
  const show = async () => {
    const instance = readInstance(part10);
    const frame = await decodeCodes(instance, { maxPixels: 50_000_000 });
    const { image } = displayGrey(frame, instance.attributes, {
      memory: (bytes) => new Uint8Array(new SharedArrayBuffer(bytes)),
    });
    return { image, thumbnail: areaMean(image, 256, 256) };
  };
  const { image } = await show();
  const { Rows, Columns } = image;
  const table = paletteTable('magenta', 1);
  const object = {
    [Tag.SOPClassUID]: { vr: 'UI', Value: ['1.2.840.10008.5.1.4.1.1.7'] },
    [Tag.StudyInstanceUID]: { vr: 'UI', Value: ['2.25.1'] },
    [Tag.SeriesInstanceUID]: { vr: 'UI', Value: ['2.25.2'] },
    [Tag.SOPInstanceUID]: { vr: 'UI', Value: ['2.25.3'] },
    [Tag.Rows]: { vr: 'US', Value: [Rows] },
    [Tag.Columns]: { vr: 'US', Value: [Columns] },
  };
  const draw = () => {
    const rgb = new Uint8Array(new SharedArrayBuffer(Rows * Columns * 3));
    fuseEvidence(image, evidence, table, rgb);
    return encodePart10(object, rgb);
  };
  return {
    windowAndDownscaleMs: await cpuMs(show),
    fuseAndEncodeMs: await cpuMs(draw),
  };
}

/** Evidence as a network gives it: two lungs with a strong place in one of them, nothing elsewhere. */
const evidence: Extract<Colouring, { kind: 'evidence' }> = {
  kind: 'evidence',
  rows: grid,
  columns: grid,
  evidence: Float32Array.from({ length: grid * grid }, (_, at) => {
    const [x, y] = [at % grid, Math.floor(at / grid)];
    const lung =
      Math.hypot((x - 20) / 10, (y - 32) / 22) < 1 || Math.hypot((x - 44) / 10, (y - 32) / 22) < 1;
    return lung ? Math.exp(-(((x - 20) / 8) ** 2) - ((y - 44) / 8) ** 2) : 0;
  }),
};

async function cpuMs(work: () => unknown): Promise<number> {
  for (let round = 0; round < warmUps; round++) await work();
  const times: number[] = [];
  for (let round = 0; round < repeats; round++) {
    const before = process.cpuUsage();
    await work();
    const { user, system } = process.cpuUsage(before);
    times.push((user + system) / 1000);
  }
  return medianOf(times);
}
