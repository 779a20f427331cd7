import { api } from 'dicomweb-client';
import { z } from 'zod';
import type { DicomDataset } from '../../domain/dicom-json.js';
import { asColouriseError, type ColouriseError } from '../../domain/errors.js';
import type { InstanceRef } from '../../domain/job.js';
import { matchKeys } from '../qido-query.js';
import { checkJson, dicomDataset, readJson, refusal } from './answers.js';
import type { HttpAnswer, HttpClient } from './http-client.js';

/** The calls of dicomweb-client that we use, as they really behave; its own types say otherwise. */
interface DicomWebClient {
  searchForInstances(options: {
    readonly queryParams?: Readonly<Record<string, string>>;
    readonly request: { readonly instance: ClientRequest };
  }): Promise<unknown>;
  searchForSeries(options: {
    readonly queryParams?: Readonly<Record<string, string>>;
    readonly request: { readonly instance: ClientRequest };
  }): Promise<unknown>;
  retrieveStudyMetadata(options: {
    readonly studyInstanceUID: string;
    readonly request: { readonly instance: ClientRequest };
  }): Promise<unknown>;
  retrieveInstanceMetadata(options: {
    readonly studyInstanceUID: string;
    readonly seriesInstanceUID: string;
    readonly sopInstanceUID: string;
    readonly request: { readonly instance: ClientRequest };
  }): Promise<unknown>;
}

const datasets = z.array(dicomDataset);

/** QIDO-RS and WADO-RS metadata through dicomweb-client, carried by our own HTTP client. */
export class DicomWebQueries {
  readonly #http: HttpClient;
  readonly #client: DicomWebClient;

  /** `root`: base address of DICOMweb, without a slash at its end. */
  constructor(http: HttpClient, root: string) {
    this.#http = http;
    this.#client = new api.DICOMwebClient({
      url: root,
      singlepart: false,
      verbose: false,
    }) as unknown as DicomWebClient;
  }

  /** @throws `PACS_UNAVAILABLE` also when there is no DICOMweb at this address */
  async find(
    level: 'series' | 'instances',
    query: Readonly<Record<string, string>>,
  ): Promise<readonly DicomDataset[]> {
    matchKeys(query);
    const request = new ClientRequest(this.#http, `QIDO-RS ${level}`);
    const options = {
      ...(Object.keys(query).length > 0 ? { queryParams: query } : {}),
      request: { instance: request },
    };
    return this.#settle(
      request,
      level === 'series'
        ? this.#client.searchForSeries(options)
        : this.#client.searchForInstances(options),
    );
  }

  /** Undefined when the archive answers 'not found', for whatever reason. */
  async metadata(ref: InstanceRef): Promise<DicomDataset | undefined> {
    const request = new ClientRequest(this.#http, `metadata of instance ${ref.SOPInstanceUID}`);
    const asked = this.#client.retrieveInstanceMetadata({
      studyInstanceUID: encodeURIComponent(ref.StudyInstanceUID),
      seriesInstanceUID: encodeURIComponent(ref.SeriesInstanceUID),
      sopInstanceUID: encodeURIComponent(ref.SOPInstanceUID),
      request: { instance: request },
    });
    try {
      return (await this.#settle(request, asked))[0];
    } catch (thrown) {
      if (request.status === 404) return undefined;
      throw thrown;
    }
  }

  /** Of every instance; empty when the archive answers 'not found'. */
  async studyMetadata(StudyInstanceUID: string): Promise<readonly DicomDataset[]> {
    const request = new ClientRequest(this.#http, `metadata of study ${StudyInstanceUID}`);
    const asked = this.#client.retrieveStudyMetadata({
      studyInstanceUID: encodeURIComponent(StudyInstanceUID),
      request: { instance: request },
    });
    try {
      return await this.#settle(request, asked);
    } catch (thrown) {
      if (request.status === 404) return [];
      throw thrown;
    }
  }

  async #settle(request: ClientRequest, asked: Promise<unknown>): Promise<DicomDataset[]> {
    const json = await asked.catch((thrown: unknown) => {
      throw request.failure ?? asColouriseError(thrown);
    });
    return checkJson(json, datasets, request.label);
  }
}

/**
 * What dicomweb-client touches of XMLHttpRequest, for one GET of JSON. Given to each call, so that
 * no global is needed. A failure is kept here, because the library reports a bare status.
 */
class ClientRequest {
  readyState = 0;
  status = 0;
  response: unknown = null;
  responseType = '';
  onreadystatechange: (() => void) | undefined;
  failure: ColouriseError | undefined;
  label: string;
  readonly #http: HttpClient;
  readonly #headers: Record<string, string> = {};
  #url = '';

  constructor(http: HttpClient, what: string) {
    this.#http = http;
    this.label = what;
  }

  open(_method: string, url: string): void {
    this.#url = url;
  }

  setRequestHeader(name: string, value: string): void {
    this.#headers[name] = value;
  }

  send(): void {
    void this.#exchange().then(() => {
      this.readyState = 4;
      this.onreadystatechange?.();
    });
  }

  /** Always JSON: anything else has become a failure before the library looks. */
  getResponseHeader(): string {
    return 'application/dicom+json';
  }

  getAllResponseHeaders(): string {
    return '';
  }

  async #exchange(): Promise<void> {
    try {
      const answer = await this.#http.exchange({
        method: 'GET',
        url: this.#url,
        what: this.label,
        headers: this.#headers,
      });
      this.#take(answer);
    } catch (thrown) {
      this.failure = asColouriseError(thrown);
    }
  }

  #take(answer: HttpAnswer): void {
    this.label = answer.label;
    if (answer.status === 200) this.response = readJson(answer);
    // 204 is QIDO-RS for 'nothing matches'; the library makes it an empty list.
    else if (answer.status !== 204) this.failure = refusal(answer);
    this.status = answer.status;
  }
}
