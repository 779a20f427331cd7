import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { temporaryFolder } from './process.js';

const run = promisify(execFile);

/** Runs a command line tool of DCMTK or GDCM from its input file to a new output file. */
export async function converted(tool: string, options: string[], input: string): Promise<string> {
  const output = join(temporaryFolder(), 'converted.dcm');
  await run(tool, [...options, input, output]);
  return output;
}

export function temporaryFile(bytes: Uint8Array): string {
  const path = join(temporaryFolder(), 'source.dcm');
  writeFileSync(path, bytes);
  return path;
}

export interface Pgm {
  readonly rows: number;
  readonly columns: number;
  readonly grey: Uint8Array;
}

/**
 * What DCMTK shows of a file, in 8 bits. Debian's build has neither JPEG-LS nor JPEG 2000 in `dcmj2pnm`:
 * decompress such files with GDCM first.
 */
export async function shownByDcmtk(path: string, options: readonly string[]): Promise<Pgm> {
  const output = join(temporaryFolder(), 'shown.pgm');
  // +op: 8-bit PGM; -O: no overlays.
  await run('dcmj2pnm', ['+op', '-O', ...options, path, output]);
  return readPgm(readFileSync(output));
}

function readPgm(bytes: Buffer): Pgm {
  const header = /^P5\s+(?:#.*\n)*(\d+)\s+(\d+)\s+255\n/.exec(bytes.toString('latin1', 0, 200));
  if (!header) throw new Error('no 8-bit PGM');
  const [columns, rows] = [Number(header[1]), Number(header[2])];
  return { rows, columns, grey: Uint8Array.from(bytes.subarray(header[0].length)) };
}

/** Largest difference of two pictures, in grey codes, where `counts` says so. */
export function largestDifference(
  one: ArrayLike<number>,
  other: ArrayLike<number>,
  counts: (index: number) => boolean = () => true,
): number {
  if (one.length !== other.length) throw new Error(`${one.length} and ${other.length} pixels`);
  let largest = 0;
  for (let index = 0; index < one.length; index++) {
    const difference = Math.abs((one[index] ?? 0) - (other[index] ?? 0));
    if (difference > largest && counts(index)) largest = difference;
  }
  return largest;
}
