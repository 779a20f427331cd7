import { execFileSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { InstanceRef } from '../../src/domain/job.js';
import { temporaryFolder } from './process.js';

export interface Synthetic extends InstanceRef {
  readonly SOPClassUID: string;
  readonly part10: Uint8Array;
}

interface SyntheticOptions extends Partial<InstanceRef> {
  readonly PatientID?: string;
  readonly SeriesNumber?: number;
  /** Raw bytes of the value, in the character set of the next option. */
  readonly PatientName?: Buffer;
  readonly SpecificCharacterSet?: string;
  readonly Modality?: string;
  /** Pixels a side, 16 bits each. */
  readonly side?: number;
}

const SecondaryCapture = '1.2.840.10008.5.1.4.1.1.7';
let folder: string | undefined;

/** A UID that no other test uses. @see DICOM PS3.5 B.2 */
export function freshUid(): string {
  return `2.25.${randomInt(1, 2 ** 47)}${randomInt(1, 2 ** 47)}`;
}

/** A small 16-bit image, written by DCMTK's dump2dcm. Explicit VR Little Endian. */
export function makePart10(options: SyntheticOptions = {}): Synthetic {
  const ref = {
    StudyInstanceUID: options.StudyInstanceUID ?? freshUid(),
    SeriesInstanceUID: options.SeriesInstanceUID ?? freshUid(),
    SOPInstanceUID: options.SOPInstanceUID ?? freshUid(),
  };
  const side = options.side ?? 16;
  const [dump, pixels, dicom] = paths('in.dump', 'pixels.raw', 'out.dcm');
  writeFileSync(pixels, noise(side * side * 2));
  const line = (tag: string, vr: string, value: string | number) =>
    `(${tag}) ${vr} ${typeof value === 'number' ? value : `[${value}]`}\n`;
  const before =
    line('0008,0005', 'CS', options.SpecificCharacterSet ?? 'ISO_IR 192') +
    line('0008,0016', 'UI', SecondaryCapture) +
    line('0008,0018', 'UI', ref.SOPInstanceUID) +
    line('0008,0060', 'CS', options.Modality ?? 'DX');
  const after =
    line('0010,0020', 'LO', options.PatientID ?? 'TEST') +
    line('0020,000d', 'UI', ref.StudyInstanceUID) +
    line('0020,000e', 'UI', ref.SeriesInstanceUID) +
    (options.SeriesNumber === undefined ? '' : line('0020,0011', 'IS', `${options.SeriesNumber}`)) +
    line('0028,0002', 'US', 1) +
    line('0028,0004', 'CS', 'MONOCHROME2') +
    line('0028,0010', 'US', side) +
    line('0028,0011', 'US', side) +
    line('0028,0100', 'US', 16) +
    line('0028,0101', 'US', 12) +
    line('0028,0102', 'US', 11) +
    line('0028,0103', 'US', 0) +
    `(7fe0,0010) OW =${pixels}\n`;
  const name = options.PatientName ?? Buffer.from('Test^Case');
  const nameLine = Buffer.concat([Buffer.from('(0010,0010) PN ['), name, Buffer.from(']\n')]);
  writeFileSync(dump, Buffer.concat([Buffer.from(before), nameLine, Buffer.from(after)]));
  execFileSync('dump2dcm', ['--quiet', '+te', '+l', '65536', dump, dicom]);
  return { ...ref, SOPClassUID: SecondaryCapture, part10: readFileSync(dicom) };
}

/** The same object after a command of DCMTK or GDCM, called with input and output file. */
export function convertPart10(part10: Uint8Array, command: string, args: readonly string[]) {
  const [input, output] = paths('before.dcm', 'after.dcm');
  writeFileSync(input, part10);
  execFileSync(command, [...args, input, output], { stdio: 'ignore' });
  return readFileSync(output);
}

function paths<const Names extends readonly string[]>(...names: Names) {
  const within = (folder ??= temporaryFolder());
  return names.map((name) => join(within, name)) as { [Index in keyof Names]: string };
}

/** Bytes that no compression shortens, the same in every run, 12 bits set in each word. */
function noise(length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  let state = 1;
  for (let index = 0; index < length; index += 1) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[index] = index % 2 === 0 ? state >>> 24 : (state >>> 24) & 0x0f;
  }
  return bytes;
}
