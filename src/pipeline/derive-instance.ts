import { chooseSeriesNumber, preferredSeriesNumber } from '../dicom/series-number.js';
import { deriveUids } from '../dicom/derived-uids.js';
import { encapsulatePart10, encodePart10 } from '../dicom/part10.js';
import { describeSecondaryCapture } from '../dicom/secondary-capture.js';
import { type DicomDataset, numberOf } from '../domain/dicom-json.js';
import type { InstanceRef, Rendering } from '../domain/job.js';
import { Tag } from '../domain/tags.js';
import type { InferenceProvenance } from '../domain/hardware.js';
import type { EncodedInstance, HeldSeries } from '../ports/pacs.js';
import type { ColouredPicture } from './colour-picture.js';

/** What every object says about the software that made it. */
export interface Equipment {
  readonly softwareVersion: string;
  readonly DeviceUID: string;
  readonly StationName: string;
  readonly provenance: InferenceProvenance;
}

/**
 * A coloured picture as the Secondary Capture that is stored.
 * @param archive what the archive says of the source now: patient and study are taken from here
 */
export function deriveInstance(
  { picture, model, colouring, drawing, packed }: ColouredPicture,
  source: InstanceRef,
  rendering: Rendering,
  archive: DicomDataset,
  SeriesNumber: number,
  equipment: Equipment,
  producedAt: Date,
): EncodedInstance {
  const { Rows, Columns } = picture.image;
  const { name, version, title, weights, photographic, licence } = model.manifest;
  const probability = colouring.kind === 'evidence' ? colouring.probability : undefined;
  const attributes = describeSecondaryCapture({
    source: picture.attributes,
    archive,
    uids: deriveUids(source, rendering),
    rendering,
    model: { name, version, title, sha256: weights.sha256, photographic, licence },
    window: picture.window,
    overlays: picture.overlays,
    ...(probability === undefined ? {} : { probability }),
    Rows,
    Columns,
    resized: false,
    SeriesNumber,
    InstanceNumber: numberOf(picture.attributes, Tag.InstanceNumber) ?? 1,
    producedAt,
    utcOffsetMinutes: -producedAt.getTimezoneOffset(),
    transferSyntaxLossy: picture.lossy,
    ...equipment,
  });
  if (packed) return encapsulatePart10(attributes, packed.compression, packed.codestream);
  return encodePart10(attributes, drawing);
}

/** A high number that no other series of the study has; that of our own series where it exists already. */
export function seriesNumber(
  series: readonly HeldSeries[],
  archive: DicomDataset,
  source: InstanceRef,
  rendering: Rendering,
): number {
  const { SeriesInstanceUID } = deriveUids(source, rendering);
  const own = series.find((one) => one.SeriesInstanceUID === SeriesInstanceUID);
  const taken = series.flatMap((one) => one.SeriesNumber ?? []);
  const preferred = preferredSeriesNumber(numberOf(archive, Tag.SeriesNumber));
  return own?.SeriesNumber ?? chooseSeriesNumber(taken, preferred);
}
