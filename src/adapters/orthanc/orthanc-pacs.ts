import { readFileSync } from 'node:fs';
import type { DicomDataset } from '../../domain/dicom-json.js';
import { ColouriseError } from '../../domain/errors.js';
import type { InstanceRef } from '../../domain/job.js';
import { arrivedFile } from '../../ports/arriving-file.js';
import type { Archive, Holding } from '../../ports/pacs.js';
import type { PatientIndex } from '../../ports/patients.js';
import { requireUids } from '../require-uids.js';
import type { SharedMemory } from '../shared-memory.js';
import { refusal } from './answers.js';
import { DicomWebQueries } from './dicomweb-queries.js';
import type { ArrivingBody } from './arrival.js';
import { HttpClient } from './http-client.js';
import { onlyPart } from './multipart.js';
import { patientSearch } from './patient-search.js';
import { RestApi, type OrthancProbe } from './rest-api.js';
import { RestClient } from './rest-client.js';
import { RestInstances } from './rest-instances.js';

export interface OrthancOptions {
  /** Orthanc's base address, e.g. http://127.0.0.1:8042 */
  readonly url: string;
  /** Path of DICOMweb below it, as in Orthanc's `DicomWeb.Root`, e.g. dicom-web */
  readonly dicomWebRoot: string;
  readonly username?: string;
  readonly password?: string;
  /** Longest silence, ms. Connecting may take as long, up to 10 s; a whole exchange ten times as long. */
  readonly timeoutMs: number;
  /** Bound on any answer, bytes: larger than the largest image, and what it may cost in memory. */
  readonly maxBytes: number;
  /** Sent with every request, for a proxy that wants them. */
  readonly headers?: Readonly<Record<string, string>>;
  /** PEM file of the certificates to trust, for https with a private authority. */
  readonly caFile?: string;
  /** Where retrieved files are put; left out, each on memory of its own. */
  readonly memory?: SharedMemory;
}

/** All ports on one Orthanc, and what `doctor` asks. */
export interface OrthancPacs extends Archive, PatientIndex {
  /** @throws as every call does; `dicomWeb` is the plugin's version, undefined when not loaded */
  probe(): Promise<OrthancProbe>;
  /** Asks what costs next to nothing, of both interfaces and within seconds. @throws when Orthanc cannot be used */
  ask(): Promise<void>;
  /** QIDO-RS at series level, as viewers ask. @see DICOM PS3.18 10.6 */
  findSeries(query: Readonly<Record<string, string>>): Promise<readonly DicomDataset[]>;
  /** Orthanc id of a series, for links into Orthanc's own pages; undefined when it is not there. */
  seriesId(SeriesInstanceUID: string): Promise<string | undefined>;
  /** Ends what is under way and refuses what comes later. */
  close(): void;
}

const longestConnectMs = 10_000;
const totalPerIdle = 10;
/** An archive that needs longer for a question about nothing is as good as away. */
const longestAskMs = 10_000;
/** Names nothing. */
const nobodysUid = '2.25.0';

/** What every client of one Orthanc has in common, and its address without a slash at its end. */
export function connectionTo(options: OrthancOptions) {
  return {
    base: withoutSlash(options.url),
    connectTimeoutMs: Math.min(options.timeoutMs, longestConnectMs),
    maxBytes: options.maxBytes,
    headers: { ...options.headers, ...authorisation(options) },
    ca: options.caFile === undefined ? undefined : readFileSync(options.caFile),
  };
}

export function createOrthancPacs(options: OrthancOptions): OrthancPacs {
  const { base, ...common } = connectionTo(options);
  const dicomWeb = `${base}/${options.dicomWebRoot.replaceAll(/^\/+|\/+$/g, '')}`;
  const http = new HttpClient({
    ...common,
    idleTimeoutMs: options.timeoutMs,
    totalTimeoutMs: options.timeoutMs * totalPerIdle,
  });
  const restClient = new RestClient(http, base);
  const rest = new RestApi(restClient);
  const instances = new RestInstances(restClient);
  const queries = new DicomWebQueries(http, dicomWeb);
  const askMs = Math.min(options.timeoutMs, longestAskMs);
  const quick = new HttpClient({ ...common, idleTimeoutMs: askMs, totalTimeoutMs: askMs });
  const quickRest = new RestClient(quick, base);
  const quickQueries = new DicomWebQueries(quick, dicomWeb);

  const unlessGone = async <T>(ref: InstanceRef, ask: () => Promise<T | undefined>) => {
    requireUids(ref);
    const first = await ask();
    if (first !== undefined || (await instances.holding(ref)) === undefined) return first;
    // It may have arrived between the two questions.
    const second = await ask();
    if (second !== undefined) return second;
    await queries.find('instances', { limit: '1' });
    throw new ColouriseError(
      'PACS_NOT_SERVED',
      `instance ${ref.SOPInstanceUID} at ${new URL(base).host}: ` +
        `Orthanc holds it, but DICOMweb says 404`,
    );
  };

  const { memory } = options;
  const retrieve = async (ref: InstanceRef, onArrival?: (arriving: ArrivingBody) => void) => {
    requireUids(ref);
    const file = await instances.file(ref, { memory, onArrival });
    const byWado = () => retrieveInstance(http, dicomWeb, ref, memory);
    return file ?? (await unlessGone(ref, byWado));
  };

  return {
    changes: (since, limit) => rest.changes(since, limit),
    recall: (orthancId) => instances.recall(orthancId),
    identify: (orthancId) => instances.identify(orthancId),
    reception: (orthancId) => instances.reception(orthancId),
    instancesOf: (level, orthancId) => rest.instancesOf(level, orthancId),
    isStudyStable: (studyOrthancId) => rest.isStudyStable(studyOrthancId),
    countStudies: () => rest.countStudies(),
    listStudies: (offset, limit) => rest.listStudies(offset, limit),
    listInstances: (studyOrthancId) => rest.listInstances(studyOrthancId),
    locate: (SOPInstanceUID) => instances.lookUp('Instance', SOPInstanceUID),
    describe: (orthancId) => instances.describe(orthancId),
    erase: (orthancId) => instances.erase(orthancId),
    findInstances: (query) => queries.find('instances', query),
    findSeries: (query) => queries.find('series', query),
    seriesBeside: async (ref) => {
      requireUids(ref);
      return instances.seriesBeside(ref);
    },
    metadata: (ref) => unlessGone(ref, () => queries.metadata(ref)),
    studyMetadata: async (StudyInstanceUID) => {
      requireUids({ StudyInstanceUID });
      const images = await queries.studyMetadata(StudyInstanceUID);
      if (images.length > 0) return images;
      if ((await instances.lookUp('Study', StudyInstanceUID)).length === 0) return [];
      return queries.studyMetadata(StudyInstanceUID);
    },
    holding: async (ref, PatientID) => {
      requireUids(ref);
      const held = await instances.holding(ref, PatientID);
      return held && holdingOf(held);
    },
    retrieve: (ref) => retrieve(ref),
    open: (ref) =>
      new Promise((resolve, reject) => {
        const whole = retrieve(ref, (arriving) => {
          resolve({ ...arriving, whole });
        });
        whole.then((bytes) => {
          resolve(bytes && arrivedFile(bytes));
        }, reject);
      }),
    ...patientSearch(quick, base),
    store: async (instance, PatientID) => {
      requireUids(instance);
      return holdingOf(await instances.store(instance, PatientID));
    },
    probe: () => rest.probe(),
    ask: async () => {
      await quickRest.system();
      await quickQueries.find('instances', { SOPInstanceUID: nobodysUid, limit: '1' });
    },
    seriesId: async (SeriesInstanceUID) => (await instances.lookUp('Series', SeriesInstanceUID))[0],
    close: () => {
      http.close();
      quick.close();
    },
  };
}

/**
 * Asks for the stored transfer syntax: Orthanc's default would transcode, and fails on JPEG 2000.
 * Undefined for 404.
 */
async function retrieveInstance(
  http: HttpClient,
  dicomWeb: string,
  ref: InstanceRef,
  memory: SharedMemory | undefined,
): Promise<Uint8Array | undefined> {
  const uids = [ref.StudyInstanceUID, ref.SeriesInstanceUID, ref.SOPInstanceUID];
  const [study, series, instance] = uids.map(encodeURIComponent);
  const answer = await http.exchange({
    method: 'GET',
    url: `${dicomWeb}/studies/${study}/series/${series}/instances/${instance}`,
    what: `WADO-RS of instance ${ref.SOPInstanceUID}`,
    headers: { Accept: 'multipart/related; type="application/dicom"; transfer-syntax=*' },
    memory,
  });
  if (answer.status === 404) return undefined;
  if (answer.status !== 200) throw refusal(answer);
  return onlyPart(answer);
}

const holdingOf = ({ bytes, file }: Holding): Holding => ({ bytes, file });

function authorisation({ username, password }: OrthancOptions): Record<string, string> {
  if (username === undefined) return {};
  const credentials = Buffer.from(`${username}:${password ?? ''}`).toString('base64');
  return { Authorization: `Basic ${credentials}` };
}

const withoutSlash = (url: string) => url.replace(/\/+$/, '');
