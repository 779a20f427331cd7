import type { Compression } from '../domain/job.js';

/** How the bytes of a transfer syntax become elements and frames. @see DICOM PS3.5 Annex A, PS3.6 A-1 */
export interface TransferSyntax {
  readonly explicit: boolean;
  readonly bigEndian: boolean;
  readonly deflated: boolean;
  readonly codec: 'native' | 'rle' | 'jpeg' | 'jpeg-ls' | 'jpeg-2000';
}

const explicitLittle = { explicit: true, bigEndian: false, deflated: false } as const;

const transferSyntaxes: Readonly<Record<string, TransferSyntax | undefined>> = {
  '1.2.840.10008.1.2': { ...explicitLittle, explicit: false, codec: 'native' },
  '1.2.840.10008.1.2.1': { ...explicitLittle, codec: 'native' },
  '1.2.840.10008.1.2.1.99': { ...explicitLittle, deflated: true, codec: 'native' },
  '1.2.840.10008.1.2.2': { ...explicitLittle, bigEndian: true, codec: 'native' },
  '1.2.840.10008.1.2.4.50': { ...explicitLittle, codec: 'jpeg' },
  '1.2.840.10008.1.2.4.51': { ...explicitLittle, codec: 'jpeg' },
  '1.2.840.10008.1.2.4.57': { ...explicitLittle, codec: 'jpeg' },
  '1.2.840.10008.1.2.4.70': { ...explicitLittle, codec: 'jpeg' },
  '1.2.840.10008.1.2.4.80': { ...explicitLittle, codec: 'jpeg-ls' },
  '1.2.840.10008.1.2.4.81': { ...explicitLittle, codec: 'jpeg-ls' },
  '1.2.840.10008.1.2.4.90': { ...explicitLittle, codec: 'jpeg-2000' },
  '1.2.840.10008.1.2.4.91': { ...explicitLittle, codec: 'jpeg-2000' },
  '1.2.840.10008.1.2.5': { ...explicitLittle, codec: 'rle' },
};

/** Undefined for transfer syntaxes that are not decoded; their elements are Explicit VR Little Endian. */
export function transferSyntaxOf(uid: string): TransferSyntax | undefined {
  return transferSyntaxes[uid];
}

/**
 * How colour is stored that is packed. Planar Configuration is 0 in all: JPEG-LS and JPEG 2000 ask for it, RLE allows
 * it, and Orthanc before 1.11.3 reads RLE no other way.
 * @see DICOM PS3.5 8.2.2 to 8.2.4, A.4
 */
export const packedSyntaxes: Readonly<
  Record<
    Compression,
    { readonly transferSyntaxUID: string; readonly PhotometricInterpretation: 'RGB' | 'YBR_RCT' }
  >
> = {
  rle: { transferSyntaxUID: '1.2.840.10008.1.2.5', PhotometricInterpretation: 'RGB' },
  'jpeg-ls': { transferSyntaxUID: '1.2.840.10008.1.2.4.80', PhotometricInterpretation: 'RGB' },
  'jpeg-2000': {
    transferSyntaxUID: '1.2.840.10008.1.2.4.90',
    PhotometricInterpretation: 'YBR_RCT',
  },
};
