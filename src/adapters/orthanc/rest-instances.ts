import { LRUCache } from 'lru-cache';
import { textOf, type DicomDataset } from '../../domain/dicom-json.js';
import { ColouriseError } from '../../domain/errors.js';
import type { InstanceRef } from '../../domain/job.js';
import type { Reception } from '../../domain/rules/facts.js';
import { Tag } from '../../domain/tags.js';
import { type ByteSource, joined } from '../../ports/byte-source.js';
import type {
  Description,
  EncodedInstance,
  HeldSeries,
  Holding,
  Identity,
} from '../../ports/pacs.js';
import { parseAnswer, refusal } from './answers.js';
import type { HttpExchange } from './http-client.js';
import { orthancIdOf } from './orthanc-id.js';
import { receptionMetadata, receptionOf } from './reception.js';
import type { RestClient } from './rest-client.js';
import * as shapes from './rest-shapes.js';

type SeriesIdentity = Omit<Identity, 'SOPInstanceUID'>;
type Held = Identity & Holding & { readonly orthancId: string };

/** Series and instances that are remembered; one entry is about 300 bytes. */
const rememberedEntries = 2000;
/** Instances that come back in the change log soon after they were asked about. */
const recalledEntries = 500;

/** Single instances as Orthanc's index has them, and their files. */
export class RestInstances {
  readonly #rest: RestClient;
  /** By Orthanc id, which is a hash of the UIDs: an entry can never become wrong. */
  readonly #series = new LRUCache<string, SeriesIdentity>({ max: rememberedEntries });
  /** Orthanc id by UIDs: where to look first. */
  readonly #instances = new LRUCache<string, string>({ max: rememberedEntries });
  /** By Orthanc id, be there such an instance or not. */
  readonly #named = new LRUCache<string, Identity>({ max: recalledEntries });

  constructor(rest: RestClient) {
    this.#rest = rest;
  }

  recall(orthancId: string): Identity | undefined {
    return this.#named.get(orthancId);
  }

  async identify(orthancId: string): Promise<Identity | undefined> {
    const row = await this.#row(orthancId);
    if (row === undefined) return undefined;
    const { StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID, studyOrthancId } = row;
    return { StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID, studyOrthancId };
  }

  /** One call: the id is a hash of the patient id and the UIDs, so the attributes name the study's id as well. */
  async describe(orthancId: string): Promise<Description | undefined> {
    const path = `/instances/${encodeURIComponent(orthancId)}/tags`;
    const found = await this.#rest.get(path, `tags of instance ${orthancId}`, shapes.tags);
    if (found === undefined) return undefined;
    const attributes = shapes.datasetOf(found);
    const source = this.#namedBy(attributes, orthancId) ?? (await this.identify(orthancId));
    return source && { source, attributes };
  }

  async reception(orthancId: string): Promise<Reception | undefined> {
    const path = `/instances/${encodeURIComponent(orthancId)}/metadata?expand`;
    const metadata = await this.#rest.get(path, `arrival of ${orthancId}`, receptionMetadata);
    return metadata && receptionOf(metadata);
  }

  /**
   * What Orthanc's index holds of exactly this instance, be it served by DICOMweb or not.
   * @param PatientID names, with the UIDs, the one place where it then lies
   */
  async holding(ref: InstanceRef, PatientID?: string): Promise<Held | undefined> {
    if (PatientID === undefined) return this.#search(ref);
    const held = await this.#row(this.#name(PatientID, ref).orthancId);
    return held ?? this.#search(ref);
  }

  async #search(ref: InstanceRef): Promise<Held | undefined> {
    const known = this.#instances.get(nameOf(ref));
    const [ids, ofKnown] = await Promise.all([
      this.lookUp('Instance', ref.SOPInstanceUID),
      known === undefined ? undefined : this.#row(known),
    ]);
    const rows = await Promise.all(ids.map(async (id) => (id === known ? ofKnown : this.#row(id))));
    const held = rows
      .filter((row) => row !== undefined)
      .filter((row) => nameOf(row) === nameOf(ref));
    if (held.length <= 1) return held[0];
    throw new ColouriseError(
      'PACS_NOT_SERVED',
      `instance ${ref.SOPInstanceUID} is held for ${held.length} patients, and nobody can say which is meant`,
    );
  }

  /**
   * The stored file; undefined once it was deleted. Orthanc sends it as it lies on its disk: DICOMweb has it in
   * memory several times over before the first byte.
   */
  async file(
    ref: InstanceRef,
    put: Pick<HttpExchange, 'memory' | 'onArrival'>,
  ): Promise<Uint8Array | undefined> {
    const id = this.#instances.get(nameOf(ref)) ?? (await this.holding(ref))?.orthancId;
    if (id === undefined) return undefined;
    const answer = await this.#rest.exchange(`/instances/${encodeURIComponent(id)}/file`, {
      method: 'GET',
      what: `file of instance ${ref.SOPInstanceUID}`,
      ...put,
    });
    if (answer.status === 404) return undefined;
    if (answer.status !== 200) throw refusal(answer);
    return answer.body;
  }

  /**
   * Hands one instance to Orthanc, which takes it as a file, and asks its index for it.
   * @param PatientID as `holding` takes it
   * @throws `PACS_REJECTED`, `PACS_UNAVAILABLE`, `PACS_UNAUTHORISED`, `STORAGE_FULL`, `STORE_UNVERIFIED`
   */
  async store(instance: EncodedInstance, PatientID?: string): Promise<Held> {
    const { SOPInstanceUID } = instance;
    const answer = await this.#rest.exchange('/instances', {
      method: 'POST',
      what: `upload of instance ${SOPInstanceUID}`,
      headers: { 'Content-Type': 'application/dicom' },
      body: instance,
    });
    if (answer.status !== 200) throw refusal(answer);
    const { Status } = parseAnswer(answer, shapes.uploaded);
    if (Status === 'FilteredOut') {
      throw new ColouriseError('PACS_REJECTED', `${answer.label}: a filter of Orthanc refused it`);
    }
    const held = await this.holding(instance, PatientID);
    if (held !== undefined) return held;
    throw new ColouriseError(
      'STORE_UNVERIFIED',
      `${answer.label}: Orthanc says '${Status}', but its index does not hold the instance`,
    );
  }

  /** Orthanc ids of the resources of a level that have this UID. */
  async lookUp(level: 'Study' | 'Series' | 'Instance', uid: string): Promise<readonly string[]> {
    const answer = await this.#rest.exchange('/tools/lookup', {
      method: 'POST',
      what: `lookup of ${level.toLowerCase()} ${uid}`,
      body: textBody(uid),
    });
    if (answer.status !== 200) throw refusal(answer);
    return parseAnswer(answer, shapes.found)
      .filter(({ Type }) => Type === level)
      .map(({ ID }) => ID);
  }

  /** The series of its study; none when it is gone. */
  async seriesBeside(ref: InstanceRef): Promise<readonly HeldSeries[]> {
    const known = this.#instances.get(nameOf(ref));
    const orthancId = known ?? (await this.#search(ref))?.orthancId;
    const study = orthancId && (this.#named.get(orthancId) ?? (await this.identify(orthancId)));
    if (!study) return [];
    const path = `/studies/${encodeURIComponent(study.studyOrthancId)}/series`;
    const what = `series of study ${study.studyOrthancId}`;
    const rows = await this.#rest.get(path, what, shapes.seriesOfStudy);
    return (rows ?? []).map(({ MainDicomTags: { SeriesInstanceUID, SeriesNumber } }) => {
      const number = Number.parseInt(SeriesNumber ?? '', 10);
      return { SeriesInstanceUID, ...(Number.isNaN(number) ? {} : { SeriesNumber: number }) };
    });
  }

  async erase(orthancId: string): Promise<boolean> {
    const path = `/instances/${encodeURIComponent(orthancId)}`;
    const what = `deletion of instance ${orthancId}`;
    const answer = await this.#rest.exchange(path, { method: 'DELETE', what });
    if (answer.status === 200) return true;
    if (answer.status !== 404) throw refusal(answer);
    await this.#rest.system();
    return false;
  }

  /**
   * Reads Orthanc's index only, never a file: one call, and two more for the first instance of a
   * series. Series are remembered, because the answer about one lists all its instances.
   */
  async #row(orthancId: string): Promise<Held | undefined> {
    const id = encodeURIComponent(orthancId);
    const row = await this.#rest.get(`/instances/${id}`, `instance ${orthancId}`, shapes.instance);
    if (row === undefined) return undefined;
    const parents =
      this.#series.get(row.ParentSeries) ?? (await this.#identifySeries(id, row.ParentSeries));
    const { FileSize: bytes, FileUuid: file, MainDicomTags } = row;
    const held = parents && { ...parents, ...MainDicomTags, orthancId, bytes, file };
    if (held) this.#instances.set(nameOf(held), orthancId);
    return held;
  }

  async #identifySeries(id: string, seriesId: string): Promise<SeriesIdentity | undefined> {
    const path = encodeURIComponent(seriesId);
    const [seriesRow, studyRow] = await Promise.all([
      this.#rest.get(`/series/${path}`, `series ${seriesId}`, shapes.series),
      this.#rest.get(`/instances/${id}/study`, `study of instance ${id}`, shapes.study),
    ]);
    if (!seriesRow || !studyRow) return undefined;
    const identity = {
      ...studyRow.MainDicomTags,
      ...seriesRow.MainDicomTags,
      studyOrthancId: studyRow.ID,
    };
    this.#series.set(seriesId, identity);
    return identity;
  }

  /** Undefined where the hash says that the index calls the patient something else. */
  #namedBy(attributes: DicomDataset, orthancId: string): Identity | undefined {
    const text = (keyword: keyof typeof Tag) => textOf(attributes, Tag[keyword]) ?? '';
    const ref = {
      StudyInstanceUID: text('StudyInstanceUID'),
      SeriesInstanceUID: text('SeriesInstanceUID'),
      SOPInstanceUID: text('SOPInstanceUID'),
    };
    const named = this.#name(text('PatientID'), ref);
    if (named.orthancId !== orthancId) return undefined;
    this.#instances.set(nameOf(ref), orthancId);
    return named.identity;
  }

  /** An instance of this patient, whether there is one or not: its Orthanc id, and the UIDs behind that. */
  #name(PatientID: string, { StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID }: InstanceRef) {
    const studyOrthancId = orthancIdOf(PatientID, StudyInstanceUID);
    const series = { StudyInstanceUID, SeriesInstanceUID, studyOrthancId };
    this.#series.set(orthancIdOf(PatientID, StudyInstanceUID, SeriesInstanceUID), series);
    const identity = { ...series, SOPInstanceUID };
    const orthancId = orthancIdOf(PatientID, StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID);
    this.#named.set(orthancId, identity);
    return { orthancId, identity };
  }
}

function nameOf({ StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID }: InstanceRef): string {
  return `${StudyInstanceUID} ${SeriesInstanceUID} ${SOPInstanceUID}`;
}

function textBody(text: string): ByteSource {
  return joined([Buffer.from(text)]);
}
