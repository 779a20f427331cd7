import { appearanceOf, type Job } from '../../domain/job.js';
import type { ImageRow, ImageState } from '../../ports/ledger.js';

/** One column a field, as SQLite returns it. */
export interface StoredImage {
  readonly id: string;
  readonly orthancId: string;
  readonly StudyInstanceUID: string | null;
  readonly SeriesInstanceUID: string | null;
  readonly SOPInstanceUID: string | null;
  readonly studyOrthancId: string | null;
  readonly state: ImageState;
  readonly job: string | null;
  readonly model: string | null;
  readonly modelVersion: string | null;
  readonly rule: string;
  readonly rulesVersion: string;
  readonly decision: string;
  readonly code: string | null;
  readonly reason: string | null;
  readonly attempts: number;
  readonly outputSeriesInstanceUID: string | null;
  readonly outputSOPInstanceUID: string | null;
  readonly probability: number | null;
  readonly summary: string;
  readonly timingsMs: string;
  readonly arrivedAt: number;
  readonly notBefore: number;
  readonly settledAt: number | null;
}

export function imageRow(row: StoredImage): ImageRow {
  return {
    id: row.id,
    orthancId: row.orthancId,
    ...source(row),
    state: row.state,
    ...(row.model === null ? {} : { model: row.model }),
    ...(row.modelVersion === null ? {} : { modelVersion: row.modelVersion }),
    ...(row.job === null ? {} : appearanceOf((JSON.parse(row.job) as Job).rendering)),
    rule: row.rule,
    rulesVersion: row.rulesVersion,
    ...(row.code === null ? {} : { code: row.code }),
    reason: row.reason ?? row.decision,
    attempts: row.attempts,
    ...output(row),
    ...(row.probability === null ? {} : { probability: row.probability }),
    summary: JSON.parse(row.summary) as ImageRow['summary'],
    timingsMs: JSON.parse(row.timingsMs) as ImageRow['timingsMs'],
    arrivedAt: new Date(row.arrivedAt),
    ...(row.notBefore === 0 ? {} : { notBefore: new Date(row.notBefore) }),
    ...(row.settledAt === null ? {} : { settledAt: new Date(row.settledAt) }),
  };
}

function source(row: StoredImage): Pick<ImageRow, 'source'> {
  const { StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID, studyOrthancId } = row;
  if (StudyInstanceUID === null || SeriesInstanceUID === null) return {};
  if (SOPInstanceUID === null || studyOrthancId === null) return {};
  return { source: { StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID, studyOrthancId } };
}

function output(row: StoredImage): Pick<ImageRow, 'output'> {
  const { outputSeriesInstanceUID, outputSOPInstanceUID } = row;
  if (outputSeriesInstanceUID === null || outputSOPInstanceUID === null) return {};
  return {
    output: {
      SeriesInstanceUID: outputSeriesInstanceUID,
      SOPInstanceUID: outputSOPInstanceUID,
    },
  };
}
