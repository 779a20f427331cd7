import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import { ColouriseError } from '../../domain/errors.js';
import type { InstanceRef } from '../../domain/job.js';
import type { DicomDataset } from '../../domain/dicom-json.js';
import type {
  ArchiveEraser,
  ArchiveIndex,
  HeldInstance,
  HeldStudy,
} from '../../ports/archive-index.js';
import type { ChangeFeed, ChangePage, Holding } from '../../ports/pacs.js';
import type { Reception } from '../../domain/rules/facts.js';
import { parseAnswer, refusal } from './answers.js';
import type { HttpClient, HttpExchange } from './http-client.js';
import * as shapes from './rest-shapes.js';
import { receptionMetadata, receptionOf } from './reception.js';

export interface OrthancProbe {
  readonly version: string;
  /** Version of the DICOMweb plugin; undefined when it is not loaded. */
  readonly dicomWeb: string | undefined;
  readonly plugins: string[];
}

type Identity = InstanceRef & { readonly studyOrthancId: string };
type SeriesIdentity = Omit<Identity, 'SOPInstanceUID'>;
type Held = Identity & Holding & { readonly orthancId: string };

const systemPath = '/system';

/** Series and instances that are remembered; one entry is about 300 bytes. */
const rememberedEntries = 2000;

/** Orthanc's own interface: what DICOMweb does not have. */
export class RestApi implements ChangeFeed, ArchiveIndex, Omit<ArchiveEraser, 'locate'> {
  readonly #http: HttpClient;
  readonly #base: string;
  /** By Orthanc id, which is a hash of the UIDs: an entry can never become wrong. */
  readonly #series = new LRUCache<string, SeriesIdentity>({ max: rememberedEntries });
  /** Orthanc id by UIDs: where to look first. */
  readonly #instances = new LRUCache<string, string>({ max: rememberedEntries });

  /** `base`: Orthanc's address without a slash at its end. */
  constructor(http: HttpClient, base: string) {
    this.#http = http;
    this.#base = base;
  }

  async changes(since: number, limit: number): Promise<ChangePage> {
    const page = await this.#need(
      `/changes?since=${since}&limit=${limit}`,
      'changes',
      shapes.changePage,
    );
    return {
      changes: page.Changes.map(({ Seq, ChangeType, ID, Date: date }) => ({
        seq: Seq,
        type: ChangeType,
        orthancId: ID,
        date,
      })),
      last: page.Last,
      done: page.Done,
    };
  }

  async identify(orthancId: string): Promise<Identity | undefined> {
    const row = await this.#row(orthancId);
    if (row === undefined) return undefined;
    const { StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID, studyOrthancId } = row;
    return { StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID, studyOrthancId };
  }

  /**
   * Reads Orthanc's index only, never a file: one call, and two more for the first instance of a
   * series. Series are remembered, because the answer about one lists all its instances.
   */
  async #row(orthancId: string): Promise<Held | undefined> {
    const id = encodeURIComponent(orthancId);
    const row = await this.#get(`/instances/${id}`, `instance ${orthancId}`, shapes.instance);
    if (row === undefined) return undefined;
    const parents =
      this.#series.get(row.ParentSeries) ?? (await this.#identifySeries(id, row.ParentSeries));
    const { FileSize: bytes, FileUuid: file, MainDicomTags } = row;
    const held = parents && { ...parents, ...MainDicomTags, orthancId, bytes, file };
    if (held) this.#instances.set(nameOf(held), orthancId);
    return held;
  }

  async instancesOf(
    level: 'study' | 'series' | 'instance',
    orthancId: string,
  ): Promise<readonly string[] | undefined> {
    const id = encodeURIComponent(orthancId);
    const what = `instances of ${level} ${orthancId}`;
    if (level === 'instance') {
      const row = await this.#get(`/instances/${id}`, what, shapes.instance);
      return row && [orthancId];
    }
    const plural = level === 'study' ? 'studies' : 'series';
    const rows = await this.#get(
      `/${plural}/${id}/instances?expand=false`,
      what,
      z.array(shapes.listed),
    );
    return rows?.map((row) => (typeof row === 'string' ? row : row.ID));
  }

  async isStudyStable(studyOrthancId: string): Promise<boolean | undefined> {
    const path = `/studies/${encodeURIComponent(studyOrthancId)}`;
    return (await this.#get(path, `study ${studyOrthancId}`, shapes.study))?.IsStable;
  }

  async countStudies(): Promise<number> {
    return (await this.#need('/statistics', 'statistics', shapes.statistics)).CountStudies;
  }

  async listStudies(offset: number, limit: number): Promise<readonly HeldStudy[]> {
    const path = `/studies?expand=true&since=${offset}&limit=${limit}`;
    const rows = await this.#need(path, 'list of studies', shapes.heldStudies);
    return rows.map(({ ID, LastUpdate, MainDicomTags: { StudyInstanceUID, StudyDate } }) => {
      const lastUpdate = LastUpdate === undefined ? undefined : shapes.parseTime(LastUpdate);
      return {
        orthancId: ID,
        StudyInstanceUID,
        ...(lastUpdate === undefined ? {} : { lastUpdate }),
        ...(StudyDate === undefined ? {} : { StudyDate }),
      };
    });
  }

  /** Three calls for a study, however many instances it has; Orthanc's index answers all of them. */
  async listInstances(studyOrthancId: string): Promise<readonly HeldInstance[] | undefined> {
    const path = `/studies/${encodeURIComponent(studyOrthancId)}`;
    const what = `content of study ${studyOrthancId}`;
    const [of, seriesRows, rows] = await Promise.all([
      this.#get(path, what, shapes.study),
      this.#get(`${path}/series?expand=true`, what, shapes.heldSeries),
      this.#get(`${path}/instances?expand=true`, what, shapes.heldInstances),
    ]);
    if (!of || !seriesRows || !rows) return undefined;
    const { StudyInstanceUID } = of.MainDicomTags;
    const byId = new Map(seriesRows.map(({ ID, MainDicomTags }) => [ID, MainDicomTags]));
    return rows.flatMap(({ ID, ParentSeries, MainDicomTags: { SOPInstanceUID } }) => {
      const parent = byId.get(ParentSeries);
      // A series that came between the questions: the change log tells of it.
      if (parent === undefined) return [];
      const { SeriesInstanceUID, Modality } = parent;
      return {
        orthancId: ID,
        studyOrthancId,
        StudyInstanceUID,
        SeriesInstanceUID,
        SOPInstanceUID,
        ...(Modality === undefined ? {} : { Modality }),
      };
    });
  }

  async reception(orthancId: string): Promise<Reception | undefined> {
    const path = `/instances/${encodeURIComponent(orthancId)}/metadata?expand`;
    const metadata = await this.#get(path, `arrival of ${orthancId}`, receptionMetadata);
    return metadata && receptionOf(metadata);
  }

  async describe(orthancId: string): Promise<DicomDataset | undefined> {
    const path = `/instances/${encodeURIComponent(orthancId)}/tags`;
    const found = await this.#get(path, `tags of instance ${orthancId}`, shapes.tags);
    return found && shapes.datasetOf(found);
  }

  async erase(orthancId: string): Promise<boolean> {
    const path = `/instances/${encodeURIComponent(orthancId)}`;
    const what = `deletion of instance ${orthancId}`;
    const answer = await this.#http.exchange({ method: 'DELETE', url: this.#base + path, what });
    if (answer.status === 200) return true;
    if (answer.status !== 404) throw refusal(answer);
    await this.system();
    return false;
  }

  /** What Orthanc's index holds of exactly this instance, be it served by DICOMweb or not. */
  async holding(ref: InstanceRef): Promise<Held | undefined> {
    const ids = await this.lookUp('Instance', ref.SOPInstanceUID);
    const rows = await Promise.all(ids.map((id) => this.#row(id)));
    const held = rows.filter((row) => row !== undefined).filter((row) => isSame(row, ref));
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
    const answer = await this.#http.exchange({
      method: 'GET',
      url: `${this.#base}/instances/${encodeURIComponent(id)}/file`,
      what: `file of instance ${ref.SOPInstanceUID}`,
      ...put,
    });
    if (answer.status === 404) return undefined;
    if (answer.status !== 200) throw refusal(answer);
    return answer.body;
  }

  /** Orthanc ids of the resources of a level that have this UID. */
  async lookUp(level: 'Study' | 'Series' | 'Instance', uid: string): Promise<readonly string[]> {
    const answer = await this.#http.exchange({
      method: 'POST',
      url: `${this.#base}/tools/lookup`,
      what: `lookup of ${level.toLowerCase()} ${uid}`,
      body: textBody(uid),
    });
    if (answer.status !== 200) throw refusal(answer);
    return parseAnswer(answer, shapes.found)
      .filter(({ Type }) => Type === level)
      .map(({ ID }) => ID);
  }

  /** @throws when this is no Orthanc, or it is away */
  async system(): Promise<{ readonly version: string }> {
    const { Version: version } = await this.#need(systemPath, 'system', shapes.system);
    return { version };
  }

  async probe(): Promise<OrthancProbe> {
    const { version } = await this.system();
    const loaded = await this.#need('/plugins', 'plugins', z.array(z.string()));
    // Orthanc lists the script that plugins add to its page among them.
    const plugins = loaded.filter((name) => name !== 'explorer.js');
    const dicomWeb = plugins.includes('dicom-web')
      ? (await this.#need('/plugins/dicom-web', 'DICOMweb plugin', shapes.pluginVersion)).Version
      : undefined;
    return { version, dicomWeb, plugins };
  }

  async #identifySeries(id: string, seriesId: string): Promise<SeriesIdentity | undefined> {
    const path = encodeURIComponent(seriesId);
    const [seriesRow, studyRow] = await Promise.all([
      this.#get(`/series/${path}`, `series ${seriesId}`, shapes.series),
      this.#get(`/instances/${id}/study`, `study of instance ${id}`, shapes.study),
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

  async #need<T>(path: string, what: string, schema: z.ZodType<T>): Promise<T> {
    const row = await this.#get(path, what, schema);
    if (row !== undefined) return row;
    throw new ColouriseError(
      'PACS_UNAVAILABLE',
      `${what} at ${new URL(this.#base).host}: not found; check that the URL is Orthanc's base`,
    );
  }

  /** Undefined when Orthanc says 404. @throws `PACS_UNAVAILABLE` when there is no Orthanc that could say it */
  async #get<T>(path: string, what: string, schema: z.ZodType<T>): Promise<T | undefined> {
    const answer = await this.#http.exchange({ method: 'GET', url: this.#base + path, what });
    if (answer.status === 404) {
      // A proxy without its server says so too, and would make every image look deleted.
      if (path !== systemPath) await this.system();
      return undefined;
    }
    if (answer.status !== 200) throw refusal(answer);
    return parseAnswer(answer, schema);
  }
}

function nameOf({ StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID }: InstanceRef): string {
  return `${StudyInstanceUID} ${SeriesInstanceUID} ${SOPInstanceUID}`;
}

function isSame(one: InstanceRef, other: InstanceRef): boolean {
  return (
    one.StudyInstanceUID === other.StudyInstanceUID &&
    one.SeriesInstanceUID === other.SeriesInstanceUID &&
    one.SOPInstanceUID === other.SOPInstanceUID
  );
}

function textBody(text: string) {
  const bytes = Buffer.from(text);
  return { length: bytes.length, pieces: [bytes] };
}
