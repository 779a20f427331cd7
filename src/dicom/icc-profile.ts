import { gsdfLinear, gsdfRange } from '../domain/gsdf.js';
import type { DisplayProfile } from '../domain/job.js';

/**
 * What the codes of a picture mean, as an ICC version 2 profile of class `scnr` (input device), which is
 * what DICOM asks for in an image: the display classes of the usual files are not allowed.
 * Primaries and white are those of sRGB; the tone curve is that of the displays the picture is made for.
 * Big endian; about 1 KB.
 * @see DICOM PS3.3 C.11.15; ICC.1:2001-04; IEC 61966-2-1; DICOM PS3.14
 */
export function iccProfile(display: DisplayProfile): Uint8Array {
  const toneCurve = curve(linearOfCode[display]);
  return profileOf([
    ['desc', textDescription(names[display])],
    ['cprt', text('No copyright, use freely')],
    ['wtpt', xyz(0.9642, 1, 0.8249)],
    // The primaries of IEC 61966-2-1, adapted from D65 to the D50 of the profile connection space.
    ['rXYZ', xyz(0.43607, 0.22249, 0.01392)],
    ['gXYZ', xyz(0.38515, 0.71687, 0.09708)],
    ['bXYZ', xyz(0.14307, 0.06061, 0.7141)],
    ['rTRC', toneCurve],
    ['gTRC', toneCurve],
    ['bTRC', toneCurve],
  ]);
}

type Block = Buffer;

const headerLength = 128;

/** Header, tag table, then the blocks on 4-byte borders; equal blocks are written once. */
function profileOf(tags: readonly (readonly [string, Block])[]): Uint8Array {
  const dataStart = headerLength + 4 + 12 * tags.length;
  const placed = new Map<Block, number>();
  let end = dataStart;
  for (const [, block] of tags) {
    if (placed.has(block)) continue;
    placed.set(block, end);
    end += Math.ceil(block.length / 4) * 4;
  }
  const profile = Buffer.alloc(end);
  writeHeader(profile);
  profile.writeUInt32BE(tags.length, headerLength);
  tags.forEach(([signature, block], index) => {
    const entry = headerLength + 4 + 12 * index;
    const offset = placed.get(block) ?? 0;
    profile.write(signature, entry, 'ascii');
    profile.writeUInt32BE(offset, entry + 4);
    profile.writeUInt32BE(block.length, entry + 8);
    block.copy(profile, offset);
  });
  return profile;
}

/** A fixed date keeps equal jobs equal, byte for byte. */
function writeHeader(profile: Buffer): void {
  profile.writeUInt32BE(profile.length, 0);
  profile.writeUInt32BE(0x02400000, 8); // version 2.4
  profile.write('scnrRGB XYZ ', 12, 'ascii');
  [2026, 1, 1, 0, 0, 0].forEach((part, index) => profile.writeUInt16BE(part, 24 + 2 * index));
  profile.write('acsp', 36, 'ascii');
  xyz(0.9642, 1, 0.8249).copy(profile, 68, 8); // illuminant D50
}

function xyz(X: number, Y: number, Z: number): Block {
  const block = Buffer.alloc(20);
  block.write('XYZ ', 'ascii');
  [X, Y, Z].forEach((value, index) => block.writeInt32BE(Math.round(value * 65536), 8 + 4 * index));
  return block;
}

function text(value: string): Block {
  return Buffer.from(`text\0\0\0\0${value}\0`, 'latin1');
}

/** ASCII name, then empty Unicode and Macintosh names. @see ICC.1:2001-04 6.5.17 */
function textDescription(value: string): Block {
  const head = Buffer.alloc(12);
  head.write('desc', 'ascii');
  head.writeUInt32BE(value.length + 1, 8);
  return Buffer.concat([head, Buffer.from(`${value}\0`, 'latin1'), Buffer.alloc(8 + 3 + 67)]);
}

/** Light of each 8-bit code as a share of white. */
const linearOfCode: Readonly<Record<DisplayProfile, Float64Array>> = {
  srgb: Float64Array.from({ length: 256 }, (_, index) => {
    const code = index / 255;
    return code <= 0.04045 ? code / 12.92 : ((code + 0.055) / 1.055) ** 2.4;
  }),
  gsdf: gsdfLinear,
};

const names: Readonly<Record<DisplayProfile, string>> = {
  srgb: 'sRGB',
  gsdf: `sRGB primaries, GSDF of DICOM PS3.14 over ${gsdfRange.blackCdM2} to ${gsdfRange.whiteCdM2} cd/m2`,
};

function curve(linear: Float64Array): Block {
  const block = Buffer.alloc(12 + 2 * linear.length);
  block.write('curv', 'ascii');
  block.writeUInt32BE(linear.length, 8);
  linear.forEach((value, index) => block.writeUInt16BE(Math.round(value * 65535), 12 + 2 * index));
  return block;
}
