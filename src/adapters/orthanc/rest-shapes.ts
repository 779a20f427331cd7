/** The answers of Orthanc's own interface, as far as we read them. */
import { z } from 'zod';
import { textValues } from '../../dicom/character-set.js';
import { dictionaryVr } from '../../dicom/dictionary-vr.js';
import type { DicomAttribute, DicomDataset } from '../../domain/dicom-json.js';

export const changePage = z.object({
  Changes: z.array(
    z.object({ Seq: z.number(), ChangeType: z.string(), ID: z.string(), Date: z.string() }),
  ),
  Last: z.number(),
  Done: z.boolean(),
});
export const instance = z.object({
  ParentSeries: z.string(),
  FileSize: z.number(),
  FileUuid: z.string(),
  MainDicomTags: z.object({ SOPInstanceUID: z.string() }),
});
/** What became of an uploaded file: `Success`, `AlreadyStored`, `FilteredOut` and others. */
export const uploaded = z.object({ Status: z.string() });
/** Newer servers leave the expansion out when asked to; Debian's always expands. */
export const listed = z.union([z.string(), z.object({ ID: z.string() })]);
export const series = z.object({ MainDicomTags: z.object({ SeriesInstanceUID: z.string() }) });
export const study = z.object({
  ID: z.string(),
  IsStable: z.boolean(),
  MainDicomTags: z.object({ StudyInstanceUID: z.string() }),
});
export const heldStudies = z.array(
  z.object({
    ID: z.string(),
    LastUpdate: z.string().exactOptional(),
    MainDicomTags: z.object({
      StudyInstanceUID: z.string(),
      StudyDate: z.string().exactOptional(),
    }),
  }),
);
export const seriesOfStudy = z.array(
  z.object({
    MainDicomTags: z.object({
      SeriesInstanceUID: z.string(),
      SeriesNumber: z.string().exactOptional(),
    }),
  }),
);
export const heldSeries = z.array(
  z.object({
    ID: z.string(),
    MainDicomTags: z.object({
      SeriesInstanceUID: z.string(),
      Modality: z.string().exactOptional(),
    }),
  }),
);
export const heldInstances = z.array(
  z.object({
    ID: z.string(),
    ParentSeries: z.string(),
    MainDicomTags: z.object({ SOPInstanceUID: z.string() }),
  }),
);
export const statistics = z.object({ CountStudies: z.number() });
export const found = z.array(z.object({ ID: z.string(), Type: z.string() }));
export const system = z.object({ Version: z.string(), ApiVersion: z.number().optional() });
export const pluginVersion = z.object({ Version: z.string() });

interface OrthancTag {
  readonly Type: string;
  readonly Value: string | null | readonly Readonly<Record<string, OrthancTag>>[];
}

const orthancTag: z.ZodType<OrthancTag> = z.lazy(() =>
  z.object({ Type: z.string(), Value: z.union([z.string(), z.null(), z.array(tags)]) }),
);
/** Attributes by 'gggg,eeee', sequences nested. */
export const tags = z.record(z.string(), orthancTag);

/** Orthanc's own form of a data set as the DICOM JSON model, which knows no group lengths; its texts are Unicode. */
export function datasetOf(of: Readonly<Record<string, OrthancTag>>): DicomDataset {
  return Object.fromEntries(
    Object.entries(of).flatMap(([name, { Value }]) => {
      const tag = name.replace(',', '').toUpperCase();
      return tag.endsWith('0000') ? [] : [[tag, attributeOf(Value, dictionaryVr(tag, false))]];
    }),
  );
}

function attributeOf(value: OrthancTag['Value'], vr: string): DicomAttribute {
  if (value === null) return { vr, BulkDataURI: '' };
  if (typeof value !== 'string') return { vr: 'SQ', Value: value.map(datasetOf) };
  return { vr, Value: textValues(value, vr) };
}

/** Orthanc's dates are UTC, whatever the zone of its machine: 20261231T235959. */
export function parseTime(text: string): Date | undefined {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)/.exec(text);
  if (!parts) return undefined;
  const [year = 0, month = 1, ...rest] = parts.slice(1).map(Number);
  return new Date(Date.UTC(year, month - 1, ...rest));
}
