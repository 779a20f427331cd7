import type { z } from 'zod';
import { ColouriseError } from '../../domain/errors.js';
import { parseAnswer, refusal } from './answers.js';
import type { HttpAnswer, HttpClient, HttpExchange } from './http-client.js';
import * as shapes from './rest-shapes.js';

const systemPath = '/system';

/** Questions to Orthanc's own interface, whose answers are checked. */
export class RestClient {
  readonly #http: HttpClient;
  readonly #base: string;

  /** `base`: Orthanc's address without a slash at its end. */
  constructor(http: HttpClient, base: string) {
    this.#http = http;
    this.#base = base;
  }

  /** Any status is an answer. `path` begins with a slash. */
  exchange(path: string, exchange: Omit<HttpExchange, 'url'>): Promise<HttpAnswer> {
    return this.#http.exchange({ ...exchange, url: this.#base + path });
  }

  /** @throws when this is no Orthanc, or it is away */
  async system(): Promise<{ readonly version: string }> {
    const { Version: version } = await this.need(systemPath, 'system', shapes.system);
    return { version };
  }

  async need<T>(path: string, what: string, schema: z.ZodType<T>): Promise<T> {
    const row = await this.get(path, what, schema);
    if (row !== undefined) return row;
    throw new ColouriseError(
      'PACS_UNAVAILABLE',
      `${what} at ${new URL(this.#base).host}: not found; check that the URL is Orthanc's base`,
    );
  }

  /** Undefined when Orthanc says 404. @throws `PACS_UNAVAILABLE` when there is no Orthanc that could say it */
  async get<T>(path: string, what: string, schema: z.ZodType<T>): Promise<T | undefined> {
    const answer = await this.exchange(path, { method: 'GET', what });
    if (answer.status === 404) {
      // A proxy without its server says so too, and would make every image look deleted.
      if (path !== systemPath) await this.system();
      return undefined;
    }
    if (answer.status !== 200) throw refusal(answer);
    return parseAnswer(answer, schema);
  }
}
