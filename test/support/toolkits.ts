import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DicomDataset } from '../../src/domain/dicom-json.js';
import { temporaryFolder } from './process.js';

function output(command: string, args: readonly string[]): { stdout: string; stderr: string } {
  const done = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 28 });
  if (done.error) throw done.error;
  return done;
}

/** Complaints of dicom3tools' validator, one a line, without those about building a DICOMDIR. */
export function dciodvfy(file: string): readonly string[] {
  const { stdout, stderr } = output('dciodvfy', ['-new', file]);
  return `${stdout}\n${stderr}`
    .split('\n')
    .filter((line) => /^(Error|Warning)/.test(line) && !line.includes('build DICOMDIR'));
}

export interface ReadBack {
  readonly json: DicomDataset;
  readonly transferSyntaxUID: string;
  readonly pixelSha256: string;
  readonly profile: {
    readonly deviceClass: string;
    /** Greatest change of a code on the way to sRGB. */
    readonly maxDrift: number;
    /** RGB of each of the 256 greys in sRGB. */
    readonly greysInSrgb: readonly number[];
  } | null;
}

/** What pydicom reads. */
export function readWithPydicom(...files: readonly string[]): readonly ReadBack[] {
  const script = join(process.cwd(), 'test/support/read-back.py');
  const { stdout, stderr } = output('/usr/bin/python3', [script, ...files]);
  const read = stdout.split('\n').filter((line) => line !== '');
  if (read.length !== files.length) throw new Error(`pydicom: ${stderr}`);
  return read.map((line) => JSON.parse(line) as ReadBack);
}

/** What DCMTK reads, as text: one line an attribute, or its complaints. */
export function readWithDcmtk(file: string): { readonly json: DicomDataset; readonly log: string } {
  const { stdout } = output('dcm2json', [file]);
  const { stderr } = output('dcmdump', ['-q', '+L', file]);
  return { json: JSON.parse(stdout) as DicomDataset, log: stderr };
}

/** Luminance in cd/m² of each of 256 driving levels of a display calibrated to the GSDF, by DCMTK. */
export function dcmtkGsdf(blackCdM2: number, whiteCdM2: number): Float64Array {
  const file = join(temporaryFolder(), 'gsdf.txt');
  output('dcmdspfn', ['+Il', String(blackCdM2), String(whiteCdM2), '+Og', file]);
  const rows = readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((line) => /^\d+\t([\d.]+)$/.exec(line)?.[1] ?? []);
  if (rows.length !== 256) throw new Error(`dcmdspfn wrote ${rows.length} levels`);
  return Float64Array.from(rows, Number);
}
