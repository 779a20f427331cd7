import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DicomDataset } from '../../src/domain/dicom-json.js';
import { temporaryFolder } from './process.js';

function output(command: string, args: readonly string[]): { stdout: string; stderr: string } {
  const done = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 28 });
  if (done.error) throw done.error;
  return done;
}

/**
 * Complaints that stand, with their reasons.
 * A private code needs a private scheme, which a validator cannot know.
 * ViewPosition and ImagerPixelSpacing are kept for hanging and measuring: Standard Extended.
 * An empty Laterality is right where the side is unknown, as the warning says.
 * DeviceUID of equipment and SyntheticData came into the standard after this validator (2022),
 * which calls the latter an error; it is in photographic colour only.
 * A name of a single component and a body part outside Annex L are kept as the archive has them.
 */
const acceptedComplaints = [
  /^Warning .*CodingSchemeDesignator.* - Unrecognized defined term = <99ORTHCOLOUR>$/,
  /^Warning - <\/(ViewPosition|ImagerPixelSpacing)\(.*not present in standard DICOM IOD$/,
  /^Warning - <\/Laterality.* is only permitted to be empty when actually unknown/,
  /^Warning .*ContributingEquipmentSequence.*DeviceUID.*not present in standard DICOM IOD$/,
  /^(Warning|Error) - <\/\(0008,001c\)> - (Unrecognized tag|Attribute (with an even group number|is not present in standard))/,
  /^Warning - <\/(PatientName|ReferringPhysicianName)\(.* - Retired Person Name form$/,
  /^Warning - <\/BodyPartExamined\(.* - Unrecognized defined term/,
];

/** What dicom3tools' validator complains of, but for what stands and for what concerns a DICOMDIR. */
export function unexpectedComplaints(file: string): readonly string[] {
  return dciodvfy(file).filter((line) => !acceptedComplaints.some((known) => known.test(line)));
}

/** Its complaints, one a line, without those about building a DICOMDIR. */
export function dciodvfy(file: string): readonly string[] {
  const { stdout, stderr } = output('dciodvfy', ['-new', file]);
  return `${stdout}\n${stderr}`
    .split('\n')
    .filter((line) => /^(Error|Warning)/.test(line) && !line.includes('build DICOMDIR'));
}

/** How a program unpacks the pixels of a file into another file. */
const unpackers = {
  'DCMTK, RLE': ['dcmdrle'],
  'DCMTK, JPEG-LS': ['dcmdjpls'],
  GDCM: ['gdcmconv', '--raw'],
} as const;

/** SHA-256 of the pixels, sample by sample, as another toolkit unpacks them, without a pad byte. */
export function unpackedBy(
  toolkit: keyof typeof unpackers | 'pydicom',
  file: string,
  pixelBytes: number,
): string {
  if (toolkit === 'pydicom') {
    const script = join(process.cwd(), 'test/support/unpack.py');
    const { stdout, stderr } = output('/usr/bin/python3', [script, file]);
    if (stdout === '') throw new Error(`pydicom: ${stderr}`);
    return stdout.trim();
  }
  const [command, ...options] = unpackers[toolkit];
  const raw = join(temporaryFolder(), 'raw.dcm');
  output(command, [...options, file, raw]);
  const end = pixelBytes % 2 === 0 ? undefined : -1;
  const pixels = readFileSync(raw).subarray(-(pixelBytes + (pixelBytes % 2)), end);
  return createHash('sha256').update(pixels).digest('hex');
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
