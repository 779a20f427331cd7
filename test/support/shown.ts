import { decodeFrame, type Frame } from '../../src/dicom/decode-frame.js';
import { readInstance } from '../../src/dicom/read-instance.js';
import type { DicomDataset } from '../../src/domain/dicom-json.js';
import { displayGrey, type DisplayedImage } from '../../src/imaging/display.js';
import {
  skipByAttributes,
  skipByContent,
  type PictureSkip,
} from '../../src/imaging/displayable.js';

export type Shown =
  | { readonly skip: PictureSkip }
  | {
      readonly attributes: DicomDataset;
      readonly frame: Frame;
      readonly displayed: DisplayedImage;
    };

/** The whole way from bytes to grey, with the refusals on it. @throws ColouriseError */
export async function shown(
  bytes: Uint8Array,
  limits: { readonly maxPixels: number } = { maxPixels: 64_000_000 },
): Promise<Shown> {
  const instance = readInstance(bytes);
  const { attributes } = instance;
  const early = skipByAttributes(attributes);
  if (early) return { skip: early };
  const frame = await decodeFrame(instance, limits);
  const displayed = displayGrey(frame, attributes);
  const late = skipByContent(displayed.image);
  return late ? { skip: late } : { attributes, frame, displayed };
}
