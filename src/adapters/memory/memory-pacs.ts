import { randomUUID } from 'node:crypto';
import { numberOf, textOf, textsOf, type DicomDataset } from '../../domain/dicom-json.js';
import { ColouriseError } from '../../domain/errors.js';
import type { InstanceRef } from '../../domain/job.js';
import type { Reception } from '../../domain/rules/facts.js';
import { Tag } from '../../domain/tags.js';
import { arrivedFile } from '../../ports/arriving-file.js';
import { gathered } from '../../ports/byte-source.js';
import type { Archive, Change, EncodedInstance, Identity } from '../../ports/pacs.js';
import { orthancIdOf } from '../orthanc/orthanc-id.js';
import { matchKeys } from '../qido-query.js';
import { requireUids } from '../require-uids.js';
import { readDataset } from './memory-dataset.js';

/** The archive's in-memory twin, with what a test does to an archive from outside. */
export interface MemoryPacs extends Archive {
  /** As a modality would; returns the Orthanc id. Comes by the archive's own interface unless more is said. */
  upload(part10: Uint8Array, reception?: Reception): string;
  delete(orthancId: string): void;
  /** No instance came lately: StableStudy enters the change log. */
  settle(studyOrthancId: string): void;
  /** A fresh database: nothing is held, and the change log starts over. */
  reset(): void;
}

interface Held extends InstanceRef {
  readonly studyOrthancId: string;
  readonly part10: Uint8Array;
  readonly dataset: DicomDataset;
  readonly reception: Reception;
  /** Drawn anew at each arrival. */
  readonly file: string;
  /** Orthanc ids from patient to instance, with the change that their arrival makes. */
  readonly lineage: readonly (readonly [orthancId: string, change: string])[];
}

export function createMemoryPacs(now: () => Date = () => new Date()): MemoryPacs {
  const held = new Map<string, Held>();
  const stable = new Set<string>();
  /** By study, in the order in which the studies first came. */
  const lastUpdates = new Map<string, Date>();
  let log: Change[] = [];
  let lastSeq = 0;

  const append = (type: string, orthancId: string) => {
    log.push({ seq: ++lastSeq, type, orthancId, date: now().toISOString() });
  };
  const isHeld = (orthancId: string) =>
    [...held.values()].some(({ lineage }) => lineage.some(([id]) => id === orthancId));

  const below = (orthancId: string) =>
    [...held].filter(([, { lineage }]) => lineage.some(([id]) => id === orthancId));

  const upload = (part10: Uint8Array, reception: Reception = {}): string => {
    const instance = {
      ...describe(part10),
      reception: { receivedAt: now(), origin: 'RestApi', ...reception },
      file: randomUUID(),
    };
    const orthancId = idOfInstance(instance);
    if (held.has(orthancId)) return orthancId;
    const arrived = instance.lineage.filter(([id]) => !isHeld(id)).reverse();
    held.set(orthancId, instance);
    stable.delete(instance.studyOrthancId);
    lastUpdates.set(instance.studyOrthancId, now());
    for (const [id, change] of arrived) append(change, id);
    return orthancId;
  };

  const remove = (orthancId: string): boolean => {
    const was = held.delete(orthancId);
    log = log.filter((row) => isHeld(row.orthancId));
    for (const id of lastUpdates.keys()) if (!isHeld(id)) lastUpdates.delete(id);
    return was;
  };

  const matching = (query: Readonly<Record<string, string>>) => {
    const keys = [...matchKeys(query)];
    return [...held.values()]
      .map(({ dataset }) => dataset)
      .filter((dataset) => keys.every(([tag, value]) => matches(dataset, tag, value)));
  };

  const only = (ref: InstanceRef, PatientID?: string): Held | undefined => {
    requireUids(ref);
    const found = [...held.values()].filter((instance) => isSame(instance, ref));
    const study = PatientID === undefined ? '' : orthancIdOf(PatientID, ref.StudyInstanceUID);
    const ofPatient = found.find(({ studyOrthancId }) => studyOrthancId === study);
    if (ofPatient) return ofPatient;
    if (found.length <= 1) return found[0];
    throw new ColouriseError('PACS_NOT_SERVED', `instance ${ref.SOPInstanceUID} is held twice`);
  };

  const identityOf = (orthancId: string): Identity | undefined => {
    const instance = held.get(orthancId);
    return instance && { ...refOf(instance), studyOrthancId: instance.studyOrthancId };
  };

  return {
    upload,
    delete: (orthancId) => void remove(orthancId),
    settle: (studyOrthancId) => {
      stable.add(studyOrthancId);
      append('StableStudy', studyOrthancId);
    },
    reset: () => {
      held.clear();
      lastUpdates.clear();
      log = [];
      lastSeq = 0;
    },
    changes: (since, limit) => {
      const later = log.filter(({ seq }) => seq > since);
      const changes = later.slice(0, limit);
      const last = changes.at(-1)?.seq ?? lastSeq;
      return Promise.resolve({ changes, last, done: later.length <= limit });
    },
    recall: identityOf,
    identify: (orthancId) => Promise.resolve(identityOf(orthancId)),
    reception: (orthancId) => Promise.resolve(held.get(orthancId)?.reception),
    isStudyStable: (id) => Promise.resolve(isHeld(id) ? stable.has(id) : undefined),
    instancesOf: (_level, orthancId) => {
      const found = below(orthancId);
      return Promise.resolve(found.length > 0 ? found.map(([id]) => id) : undefined);
    },
    countStudies: () => Promise.resolve(lastUpdates.size),
    listStudies: (offset, limit) =>
      Promise.resolve(
        [...lastUpdates].slice(offset, offset + limit).map(([orthancId, lastUpdate]) => {
          const first = below(orthancId)[0]?.[1];
          const StudyDate = first && textOf(first.dataset, Tag.StudyDate);
          return {
            orthancId,
            StudyInstanceUID: first?.StudyInstanceUID ?? '',
            lastUpdate,
            ...(StudyDate === undefined ? {} : { StudyDate }),
          };
        }),
      ),
    listInstances: (studyOrthancId) => {
      const found = below(studyOrthancId).map(([orthancId, instance]) => {
        const Modality = textOf(instance.dataset, Tag.Modality);
        return {
          orthancId,
          studyOrthancId,
          ...refOf(instance),
          ...(Modality === undefined ? {} : { Modality }),
        };
      });
      return Promise.resolve(found.length > 0 ? found : undefined);
    },
    locate: (uid) =>
      Promise.resolve(
        [...held].filter(([, { SOPInstanceUID }]) => SOPInstanceUID === uid).map(([id]) => id),
      ),
    describe: (orthancId) => {
      const instance = held.get(orthancId);
      if (instance === undefined) return Promise.resolve(undefined);
      const { studyOrthancId, dataset: attributes } = instance;
      return Promise.resolve({ source: { ...refOf(instance), studyOrthancId }, attributes });
    },
    erase: (orthancId) => Promise.resolve(remove(orthancId)),
    findInstances: (query) => attempt(() => paged(matching(query), query)),
    seriesBeside: ({ StudyInstanceUID }) =>
      attempt(() => {
        const bySeries = new Map(
          matching({ StudyInstanceUID }).map((dataset) => {
            const SeriesInstanceUID = textOf(dataset, Tag.SeriesInstanceUID) ?? '';
            const SeriesNumber = numberOf(dataset, Tag.SeriesNumber);
            const series = {
              SeriesInstanceUID,
              ...(SeriesNumber !== undefined && { SeriesNumber }),
            };
            return [SeriesInstanceUID, series];
          }),
        );
        return [...bySeries.values()];
      }),
    metadata: (ref) => attempt(() => only(ref)?.dataset),
    studyMetadata: (StudyInstanceUID) =>
      attempt(() => {
        requireUids({ StudyInstanceUID });
        return [...held.values()]
          .filter((instance) => instance.StudyInstanceUID === StudyInstanceUID)
          .map(({ dataset }) => dataset);
      }),
    holding: (ref, patient) =>
      attempt(() => {
        const instance = only(ref, patient);
        return instance && { bytes: instance.part10.length, file: instance.file };
      }),
    retrieve: (ref) => attempt(() => copyOf(only(ref))),
    open: (ref) =>
      attempt(() => {
        const bytes = copyOf(only(ref));
        return bytes && arrivedFile(bytes);
      }),
    store: async (instance: EncodedInstance) => {
      const bytes = await gathered(instance);
      return attempt(() => {
        if (!isSame(describe(bytes), instance)) {
          throw new ColouriseError(
            'STORE_UNVERIFIED',
            `instance ${instance.SOPInstanceUID} is not the one that was sent`,
          );
        }
        upload(bytes);
        const { part10, file } = only(instance) ?? { part10: bytes, file: '' };
        return { bytes: part10.length, file };
      });
    },
  };
}

/** Bytes of its own for each reader, as from the wire: who reads them may take them over. */
function copyOf(held: Held | undefined): Uint8Array | undefined {
  return held && Uint8Array.from(held.part10);
}

function paged<T>(all: readonly T[], query: Readonly<Record<string, string>>): readonly T[] {
  const offset = Number(query['offset'] ?? 0);
  return all.slice(offset, offset + Number(query['limit'] ?? Infinity));
}

/** A thrown error as a rejection, as a real archive would give it. */
function attempt<T>(act: () => T): Promise<T> {
  return new Promise((resolve) => {
    resolve(act());
  });
}

function describe(part10: Uint8Array): Omit<Held, 'reception' | 'file'> {
  const dataset = readDataset(part10);
  const patientId = textOf(dataset, Tag.PatientID) ?? '';
  const StudyInstanceUID = textOf(dataset, Tag.StudyInstanceUID) ?? '';
  const SeriesInstanceUID = textOf(dataset, Tag.SeriesInstanceUID) ?? '';
  const SOPInstanceUID = textOf(dataset, Tag.SOPInstanceUID) ?? '';
  const studyOrthancId = orthancIdOf(patientId, StudyInstanceUID);
  return {
    StudyInstanceUID,
    SeriesInstanceUID,
    SOPInstanceUID,
    studyOrthancId,
    part10,
    dataset,
    lineage: [
      [orthancIdOf(patientId), 'NewPatient'],
      [studyOrthancId, 'NewStudy'],
      [orthancIdOf(patientId, StudyInstanceUID, SeriesInstanceUID), 'NewSeries'],
      [orthancIdOf(patientId, StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID), 'NewInstance'],
    ],
  };
}

function idOfInstance({ lineage }: Pick<Held, 'lineage'>): string {
  return lineage.at(-1)?.[0] ?? '';
}

function refOf({ StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID }: InstanceRef): InstanceRef {
  return { StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID };
}

function isSame(a: InstanceRef, b: InstanceRef): boolean {
  return (
    a.StudyInstanceUID === b.StudyInstanceUID &&
    a.SeriesInstanceUID === b.SeriesInstanceUID &&
    a.SOPInstanceUID === b.SOPInstanceUID
  );
}

/** Single value, wildcard, or list of UIDs. @see DICOM PS3.18 8.3.4.1 */
function matches(dataset: DicomDataset, tag: string, value: string): boolean {
  const patterns = (dataset[tag]?.vr === 'UI' ? value.split(',') : [value]).map(
    (text) =>
      new RegExp(
        `^${text
          .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
          .replaceAll('*', '.*')
          .replaceAll('?', '.')}$`,
      ),
  );
  return textsOf(dataset, tag).some((text) => patterns.some((pattern) => pattern.test(text)));
}
