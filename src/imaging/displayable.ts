import { numberOf, textOf, type DicomDataset } from '../domain/dicom-json.js';
import type { SkipCode } from '../domain/job.js';
import { Tag } from '../domain/tags.js';
import type { GreyImage } from '../ports/colouring.js';

/** Why a picture is left alone although nothing is wrong with it. */
export interface PictureSkip {
  readonly code: Extract<
    SkipCode,
    'NOT_AN_IMAGE' | 'MULTI_FRAME' | 'ALREADY_COLOUR' | 'NO_CONTENT'
  >;
  readonly reason: string;
}

/** What the attributes alone tell, before anything is decoded; undefined for one frame of grey. */
export function skipByAttributes(attributes: DicomDataset): PictureSkip | undefined {
  const Rows = numberOf(attributes, Tag.Rows);
  const Columns = numberOf(attributes, Tag.Columns);
  if (Rows === undefined && Columns === undefined) {
    return { code: 'NOT_AN_IMAGE', reason: 'the object has neither Rows nor Columns' };
  }
  const NumberOfFrames = numberOf(attributes, Tag.NumberOfFrames) ?? 1;
  if (NumberOfFrames > 1) {
    return { code: 'MULTI_FRAME', reason: `NumberOfFrames is ${NumberOfFrames}` };
  }
  const SamplesPerPixel = numberOf(attributes, Tag.SamplesPerPixel) ?? 1;
  const photometric = textOf(attributes, Tag.PhotometricInterpretation) ?? '';
  if (SamplesPerPixel > 1 || /^(RGB|PALETTE|YBR|ARGB|CMYK|HSV)/.test(photometric)) {
    return {
      code: 'ALREADY_COLOUR',
      reason: `SamplesPerPixel is ${SamplesPerPixel}, PhotometricInterpretation ${photometric}`,
    };
  }
  return undefined;
}

/** What only the decoded picture tells: one shade of grey holds nothing to colour. */
export function skipByContent(image: GreyImage): PictureSkip | undefined {
  const first = image.grey[0];
  if (image.grey.some((grey) => grey !== first)) return undefined;
  return { code: 'NO_CONTENT', reason: `every pixel has grey ${first ?? 'none'}` };
}
