import { randomUUID } from 'node:crypto';
import { open, readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { makeChestPhantom, type PhantomOptions } from '../phantom/chest-phantom.js';
import { phantomInstance } from '../phantom/phantom-instance.js';
import { Obstacle } from './obstacle.js';

/** One picture to send. */
export interface Source {
  /** For people. */
  readonly title: string;
  /** For file names: letters, digits, dots and hyphens. */
  readonly name: string;
  /** Part 10 bytes. */
  load(): Promise<Uint8Array>;
}

/** Four people that do not exist; the first has clear lungs. Chosen to differ in build and place. */
export const demoPhantoms: readonly Pick<Required<PhantomOptions>, 'seed' | 'opacity'>[] = [
  { seed: 1, opacity: 'none' },
  { seed: 2, opacity: 'right-lower' },
  { seed: 3, opacity: 'left-upper' },
  { seed: 8, opacity: 'left-middle' },
];

export const smallSize = { Columns: 1000, Rows: 1200 };

export function phantomSources(small: boolean): readonly Source[] {
  return demoPhantoms.map(({ seed, opacity }) => {
    const place = opacity.replace('-', ' ');
    const title = opacity === 'none' ? 'phantom, clear lungs' : `phantom, opacity ${place}`;
    return {
      title,
      name: `phantom-${seed}-${opacity === 'none' ? 'clear' : opacity}`,
      load: () => {
        const phantom = makeChestPhantom({ seed, opacity, ...(small ? smallSize : {}) });
        return Promise.resolve(
          phantomInstance(phantom, {
            PatientName: `Phantom^${opacity === 'none' ? 'Clear' : 'Opacity'}`,
            PatientID: `PHANTOM-${seed}`,
            StudyDescription: `Chest phantom ${seed}`,
            StudyInstanceUID: freshUid(),
            SeriesInstanceUID: freshUid(),
            SOPInstanceUID: freshUid(),
          }),
        );
      },
    };
  });
}

/** @see DICOM PS3.5 B.2 */
const freshUid = () => `2.25.${BigInt(`0x${randomUUID().replaceAll('-', '')}`).toString()}`;

/**
 * The files that are named, and all DICOM files below the folders that are named, in order.
 * @throws Obstacle for a path that is not there, a named file that is not DICOM, or nothing at all
 */
export async function fileSources(paths: readonly string[]): Promise<readonly Source[]> {
  const files: string[] = [];
  for (const path of paths) {
    const about = await stat(path).catch(() => undefined);
    if (about === undefined) throw new Obstacle(`${path} is not there: name files or folders.`);
    if (about.isDirectory()) files.push(...(await dicomFilesBelow(path)));
    else if (await isDicom(path)) files.push(path);
    else throw new Obstacle(`${path} is not a DICOM file: it lacks the letters DICM at byte 128.`);
  }
  if (files.length === 0) throw new Obstacle(`no DICOM file below ${paths.join(', ')}.`);
  return files.map((file, index) => ({
    title: basename(file),
    name: `${index + 1}-${basename(file).replaceAll(/[^\w.-]/g, '_')}`,
    load: () => readFile(file),
  }));
}

async function dicomFilesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const found: string[] = [];
  for (const file of files.map(({ parentPath, name }) => join(parentPath, name)).sort()) {
    if (await isDicom(file)) found.push(file);
  }
  return found;
}

/** @see DICOM PS3.10 7.1 */
async function isDicom(file: string): Promise<boolean> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read({ buffer: Buffer.alloc(4), position: 128 });
    return bytesRead === 4 && buffer.toString('latin1') === 'DICM';
  } finally {
    await handle.close();
  }
}
