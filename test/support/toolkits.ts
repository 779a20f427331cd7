import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { DicomDataset } from '../../src/domain/dicom-json.js';

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
  readonly profile: { readonly deviceClass: string; readonly maxDrift: number } | null;
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
