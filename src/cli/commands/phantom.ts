import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import {
  makeChestPhantom,
  opacityPlaces,
  type Phantom,
  type PixelBox,
} from '../../phantom/chest-phantom.js';
import { phantomInstance } from '../../phantom/phantom-instance.js';

export interface PhantomFilesOptions {
  /** Made when missing. */
  readonly folder: string;
  /** Clear and ill films take turns; the ill ones go round the places. */
  readonly count: number;
  /** The first film's seed; the others follow it. Equal seeds write equal files. */
  readonly seed: number;
  readonly Columns?: number;
  readonly Rows?: number;
}

export interface PhantomFile {
  /** The DICOM file; its picture as a viewer shows it stands beside it as PNG. */
  readonly file: string;
  readonly png: string;
  readonly kind: 'clear' | 'opacity';
  readonly opacityBox?: PixelBox;
}

/** Writes phantoms as DICOM and PNG and says where each opacity is. */
export async function writePhantoms(options: PhantomFilesOptions): Promise<PhantomFile[]> {
  const { folder, count, seed, ...size } = options;
  await mkdir(folder, { recursive: true });
  const written: PhantomFile[] = [];
  for (let index = 0; index < count; index++) {
    const place = opacityPlaces[Math.floor(index / 2) % opacityPlaces.length] ?? 'right-lower';
    const opacity = index % 2 === 0 ? 'none' : place;
    const phantom = makeChestPhantom({ ...size, seed: seed + index, opacity });
    const kind = opacity === 'none' ? 'clear' : 'opacity';
    const name = `phantom-${seed + index}-${opacity === 'none' ? 'clear' : opacity}`;
    const file = join(folder, `${name}.dcm`);
    const png = join(folder, `${name}.png`);
    await writeFile(file, phantomInstance(phantom, identityOf(`${name} ${phantom.Columns}`, kind)));
    await writePng(phantom, png);
    const { opacityBox } = phantom;
    written.push({ file, png, kind, ...(opacityBox ? { opacityBox } : {}) });
  }
  return written;
}

function identityOf(name: string, kind: PhantomFile['kind']) {
  const digest = createHash('sha256').update(name).digest('hex');
  return {
    PatientName: kind === 'clear' ? 'Phantom^Clear' : 'Phantom^Opacity',
    PatientID: `PHANTOM-${digest.slice(0, 8).toUpperCase()}`,
    StudyDescription: 'Chest phantom',
    StudyInstanceUID: derivedUid(`${name} study`),
    SeriesInstanceUID: derivedUid(`${name} series`),
    SOPInstanceUID: derivedUid(`${name} instance`),
  };
}

/** A UID of the form 2.25.<128 bits>, the same for the same text. @see DICOM PS3.5 B.2 */
function derivedUid(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex').slice(0, 32);
  return `2.25.${BigInt(`0x${hex}`).toString()}`;
}

async function writePng(phantom: Phantom, file: string): Promise<void> {
  const { Columns: width, Rows: height } = phantom;
  const grey = displayedGrey(phantom);
  await sharp(grey, { raw: { width, height, channels: 1 } })
    .png({ compressionLevel: 3 })
    .toFile(file);
}

/** LINEAR window, then MONOCHROME1 turned. @see DICOM PS3.3 C.11.2.1.2.1 */
function displayedGrey(phantom: Phantom): Uint8Array {
  const { samples, windowCenter, windowWidth, photometric } = phantom;
  const table = Uint8Array.from({ length: 4096 }, (_, value) => {
    const share = (value - (windowCenter - 0.5)) / (windowWidth - 1) + 0.5;
    const grey = Math.round(255 * Math.min(Math.max(share, 0), 1));
    return photometric === 'MONOCHROME1' ? 255 - grey : grey;
  });
  return Uint8Array.from(samples, (value) => table[value] ?? 0);
}
