import { isOwnOutput } from '../dicom/own-output.js';
import { type DicomDataset, textOf } from '../domain/dicom-json.js';
import { asColouriseError, errorKinds } from '../domain/errors.js';
import { project } from '../domain/rules/project.js';
import type { RulesReads } from '../domain/rules/condition.js';
import type { Reception } from '../domain/rules/facts.js';
import { Tag } from '../domain/tags.js';
import type { HeldStudy } from '../ports/archive-index.js';
import type { AttributeCache, KeptImage, KeptStudy } from '../ports/attribute-cache.js';
import type { Archive } from '../ports/pacs.js';
import { listedStudies } from './inventory.js';

export interface ReadTools {
  readonly archive: Pick<
    Archive,
    'countStudies' | 'listStudies' | 'listInstances' | 'studyMetadata' | 'reception'
  >;
  readonly cache: AttributeCache;
  readonly now: () => Date;
}

export interface ReadOptions {
  readonly since: Date;
  /** Of all rules that are going to decide. */
  readonly reads: RulesReads;
  /** Asks the archive for everything again. */
  readonly fresh: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (progress: { readonly looked: number; readonly of: number }) => void;
}

export interface ReadStudy {
  readonly study: KeptStudy;
  readonly from: 'cache' | 'archive';
}

/** Studies that are read at the same time: more gains nothing on Orthanc's side. */
const atOnce = 4;
/** A study into which something came so lately may have more by now under the same time. */
const restlessMs = 5_000;

/**
 * What these rules read of every image of the studies into which something came since a time. A study that did not
 * change is read once: later rehearsals find it in the cache, unless their rules read more. Attributes that may name
 * a person leave the cache as soon as no rule reads them.
 * @returns undefined for a study that the archive lists and does not serve
 */
export async function* readStudies(
  tools: ReadTools,
  options: ReadOptions,
): AsyncGenerator<ReadStudy | undefined, void, undefined> {
  const { since, reads, signal, onProgress } = options;
  tools.cache.forgetIdentifying(joined(reads.identifying));
  const waiting: HeldStudy[] = [];
  const listing = listedStudies(tools.archive, {
    since,
    ...(signal ? { signal } : {}),
    ...(onProgress ? { onProgress } : {}),
  });
  for await (const { study } of listing) {
    waiting.push(study);
    if (waiting.length < atOnce) continue;
    yield* await Promise.all(waiting.splice(0).map((held) => readStudy(held, tools, options)));
  }
  yield* await Promise.all(waiting.map((held) => readStudy(held, tools, options)));
}

async function readStudy(
  held: HeldStudy,
  tools: ReadTools,
  { reads, fresh, signal }: ReadOptions,
): Promise<ReadStudy | undefined> {
  signal?.throwIfAborted();
  const { cache, now } = tools;
  const kept = fresh ? undefined : cache.find(held.orthancId);
  if (kept && isOf(held, kept) && covers(kept, reads)) return { study: kept, from: 'cache' };
  const images = await imagesOf(held, tools, reads);
  if (images === undefined) return undefined;
  const study: KeptStudy = {
    orthancId: held.orthancId,
    ...(held.lastUpdate ? { lastUpdate: held.lastUpdate } : {}),
    paths: joined([...alwaysKept, ...reads.paths]),
    identifying: joined(reads.identifying),
    arrival: reads.arrival,
    images,
  };
  const isRestless = now().getTime() - (held.lastUpdate?.getTime() ?? Infinity) < restlessMs;
  if (held.lastUpdate && !isRestless) cache.keep(study);
  return { study, from: 'archive' };
}

function isOf({ lastUpdate }: HeldStudy, kept: KeptStudy): boolean {
  return lastUpdate !== undefined && lastUpdate.getTime() === kept.lastUpdate?.getTime();
}

function covers(kept: KeptStudy, { paths, arrival }: RulesReads): boolean {
  const known = new Set(kept.paths);
  return (kept.arrival || !arrival) && joined(paths).every((path) => known.has(path));
}

/** Undefined where the archive does not serve it. @throws when nothing can be had from the archive */
async function imagesOf(
  held: HeldStudy,
  { archive }: ReadTools,
  reads: RulesReads,
): Promise<readonly KeptImage[] | undefined> {
  const datasets = await archive.studyMetadata(held.StudyInstanceUID).catch((thrown: unknown) => {
    if (errorKinds[asColouriseError(thrown).code].retry) throw thrown;
    return [];
  });
  if (datasets.length === 0) return undefined;
  const receptions = reads.arrival ? await receptionsOf(held, archive) : undefined;
  return datasets.map((dataset) => keptImage(dataset, reads, receptions));
}

/** By SOP Instance UID. */
async function receptionsOf(
  { orthancId }: HeldStudy,
  archive: ReadTools['archive'],
): Promise<ReadonlyMap<string, Reception>> {
  const receptions = new Map<string, Reception>();
  for (const instance of (await archive.listInstances(orthancId)) ?? []) {
    const reception = await archive.reception(instance.orthancId);
    if (reception) receptions.set(instance.SOPInstanceUID, reception);
  }
  return receptions;
}

function keptImage(
  dataset: DicomDataset,
  reads: RulesReads,
  receptions: ReadonlyMap<string, Reception> | undefined,
): KeptImage {
  const uid = (tag: string) => textOf(dataset, tag) ?? '';
  const SOPInstanceUID = uid(Tag.SOPInstanceUID);
  const reception = receptions?.get(SOPInstanceUID);
  return {
    StudyInstanceUID: uid(Tag.StudyInstanceUID),
    SeriesInstanceUID: uid(Tag.SeriesInstanceUID),
    SOPInstanceUID,
    own: isOwnOutput(dataset),
    attributes: project(dataset, [...alwaysKept, ...reads.paths]),
    ...(reception ? { reception } : {}),
  };
}

/**
 * Kept of every image: what the picture check asks, and what rules ask most, so that an edit seldom needs the
 * archive again. None of it names a person.
 */
const alwaysKept: readonly (readonly string[])[] = [
  [Tag.Rows],
  [Tag.Columns],
  [Tag.NumberOfFrames],
  [Tag.SamplesPerPixel],
  [Tag.PhotometricInterpretation],
  [Tag.SOPClassUID],
  [Tag.SOPInstanceUID],
  [Tag.SeriesInstanceUID],
  [Tag.StudyInstanceUID],
  [Tag.Modality],
  [Tag.ImageType],
  [Tag.BodyPartExamined],
  [Tag.ViewPosition],
  [Tag.ViewCodeSequence, Tag.CodeValue],
  [Tag.ViewCodeSequence, Tag.CodeMeaning],
  [Tag.Laterality],
  [Tag.ImageLaterality],
  [Tag.PatientOrientation],
  [Tag.StudyDescription],
  [Tag.SeriesDescription],
  [Tag.ProtocolName],
  [Tag.PresentationIntentType],
  [Tag.StationName],
  [Tag.InstitutionName],
  [Tag.Manufacturer],
  [Tag.ManufacturerModelName],
  [Tag.PatientAge],
  [Tag.PatientSex],
  [Tag.StudyDate],
  [Tag.QualityControlSubject],
  [Tag.QualityControlImage],
];

function joined(paths: readonly (readonly string[])[]): readonly string[] {
  return [...new Set(paths.map((path) => path.join('.')))].sort();
}
