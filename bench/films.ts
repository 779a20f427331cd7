/** Phantoms of any size, each sent under UIDs of its own. */
import { randomInt } from 'node:crypto';
import type { InstanceRef } from '../src/domain/job.js';
import { makeChestPhantom } from '../src/phantom/chest-phantom.js';
import { phantomInstance } from '../src/phantom/phantom-instance.js';

export interface Film extends InstanceRef {
  readonly part10: Uint8Array;
}

/** UIDs of a wanted length, so that new ones can be written over the old in place. @see DICOM PS3.5 B.2 */
export function freshUidOfLength(length: number): string {
  const root = '2.25.1';
  return root + Array.from({ length: length - root.length }, () => randomInt(10)).join('');
}

/** 128 bits have up to 39 digits. */
const freshUid = () => freshUidOfLength(44);

const freshRef = (): InstanceRef => ({
  StudyInstanceUID: freshUid(),
  SeriesInstanceUID: freshUid(),
  SOPInstanceUID: freshUid(),
});

/** A phantom with an opacity, so that there is something to draw. The same picture every time. */
export function templateOf(Columns: number, Rows: number): Film {
  const ref = freshRef();
  const phantom = makeChestPhantom({ seed: 2, opacity: 'right-lower', Columns, Rows });
  const part10 = phantomInstance(phantom, {
    PatientName: 'Phantom^Opacity',
    PatientID: 'PHANTOM-BENCH',
    StudyDescription: 'Chest phantom',
    ...ref,
  });
  return { ...ref, part10 };
}

/** A copy under fresh UIDs. */
export function copyOf(template: Film): Film {
  const ref = freshRef();
  const part10 = Buffer.from(template.part10);
  renameInPlace(part10, template, ref);
  return { ...ref, part10 };
}

/** Writes other UIDs of the same length over those in a header. */
export function renameInPlace(part10: Buffer, from: InstanceRef, to: InstanceRef): void {
  const header = part10.subarray(0, 64 * 1024);
  for (const level of ['StudyInstanceUID', 'SeriesInstanceUID', 'SOPInstanceUID'] as const) {
    if (from[level].length !== to[level].length) throw new Error('UIDs of different lengths');
    for (let at = header.indexOf(from[level]); at >= 0; at = header.indexOf(from[level], at + 1)) {
      header.write(to[level], at, 'latin1');
    }
  }
}
