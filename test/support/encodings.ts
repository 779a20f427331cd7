import { readFileSync } from 'node:fs';
import { converted, temporaryFile } from './dcmtk.js';
import { syntheticDicom, us } from './synthetic-dicom.js';

/** Rows and Columns of the synthetic radiograph in all encodings. */
export const encodedSize = 64;

/** Smooth, so that lossy codecs stay close; 12 bits, from 0 to 4095. */
export const encodedValues = Uint16Array.from({ length: encodedSize ** 2 }, (_, index) => {
  const [row, column] = [Math.floor(index / encodedSize), index % encodedSize];
  const bulge = Math.sin((Math.PI * row) / 63) * Math.sin((Math.PI * column) / 63);
  return Math.round(4095 * bulge);
});

export interface EncodedRadiograph {
  readonly name: string;
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly lossy: boolean;
}

const byDcmtkAndGdcm: readonly (readonly [name: string, tool: string, options: string[]])[] = [
  ['Implicit VR Little Endian', 'dcmconv', ['+ti']],
  ['Explicit VR Little Endian', 'dcmconv', ['+te']],
  ['Explicit VR Big Endian', 'dcmconv', ['+tb']],
  ['Deflated Explicit VR Little Endian', 'dcmconv', ['+td']],
  ['RLE Lossless', 'dcmcrle', []],
  ['JPEG Lossless', 'dcmcjpeg', ['+el', '+sv', '4', '+un']],
  ['JPEG Lossless SV1', 'dcmcjpeg', ['+e1', '+un']],
  ['JPEG Lossless SV1 in fragments', 'dcmcjpeg', ['+e1', '+un', '+fs', '1']],
  ['JPEG Extended, lossy', 'dcmcjpeg', ['+ee', '+q', '98', '+un']],
  ['JPEG Baseline, lossy', 'dcmcjpeg', ['+eb', '+q', '98', '+un']],
  ['JPEG-LS Lossless', 'dcmcjpls', ['+el', '+un']],
  ['JPEG-LS Near-Lossless, lossy', 'dcmcjpls', ['+en', '+md', '3', '+un']],
  ['JPEG 2000 Lossless', 'gdcmconv', ['--j2k']],
  ['JPEG 2000, lossy', 'gdcmconv', ['--j2k', '--lossy', '--irreversible', '-q', '90']],
];

/** A made-up radiograph in every transfer syntax, each written by DCMTK or GDCM. */
export async function encodedRadiographs(): Promise<readonly EncodedRadiograph[]> {
  const source = temporaryFile(
    syntheticDicom({
      elements: {
        '00280010': us('00280010', encodedSize),
        '00280011': us('00280011', encodedSize),
      },
      pixelData: new Uint8Array(encodedValues.buffer.slice(0)),
    }),
  );
  return Promise.all(
    byDcmtkAndGdcm.map(async ([name, tool, options]) => {
      const path = await converted(tool, options, source);
      return {
        name,
        path,
        bytes: Uint8Array.from(readFileSync(path)),
        lossy: name.endsWith('lossy'),
      };
    }),
  );
}
