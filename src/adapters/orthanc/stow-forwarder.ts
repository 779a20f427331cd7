import { ColouriseError, asColouriseError, type ErrorCode } from '../../domain/errors.js';
import type { Forwarder } from '../../ports/forwarding.js';
import type { Pacs } from '../../ports/pacs.js';
import { HttpClient } from './http-client.js';
import { encloseInstance } from './multipart.js';
import { judgeStore } from './stow.js';

export interface StowDestination {
  readonly name: string;
  /** Base address of DICOMweb. */
  readonly url: string;
  /** With credentials, if there are any. */
  readonly headers: Readonly<Record<string, string>>;
  readonly ca?: Buffer | undefined;
  /** Longest silence, ms; a whole exchange may take ten times as long. */
  readonly timeoutMs: number;
}

const longestConnectMs = 10_000;
const longestProbeMs = 10_000;
const totalPerIdle = 10;
/** An answer to STOW-RS or to a question about one study is small. */
const mostAnswerBytes = 1 << 20;

/** Sends by STOW-RS to another DICOMweb server. @see DICOM PS3.18 10.5 */
export function stowForwarder(
  { name, url, headers, ca, timeoutMs }: StowDestination,
  archive: Pick<Pacs, 'retrieve'>,
): Forwarder {
  const base = url.replace(/\/+$/, '');
  const client = (idleTimeoutMs: number, totalTimeoutMs: number) =>
    new HttpClient({
      connectTimeoutMs: Math.min(idleTimeoutMs, longestConnectMs),
      idleTimeoutMs,
      totalTimeoutMs,
      maxBytes: mostAnswerBytes,
      headers,
      ca,
    });
  const http = client(timeoutMs, timeoutMs * totalPerIdle);
  const probeMs = Math.min(timeoutMs, longestProbeMs);
  const quick = client(probeMs, probeMs);
  return {
    destination: name,
    kind: 'dicomweb',
    async send(instance) {
      const part10 = await archive.retrieve(instance);
      if (part10 === undefined) return 'gone';
      const { SOPInstanceUID } = instance;
      const { contentType, body } = encloseInstance(part10);
      return atDestination<'sent'>(name, async () => {
        const answer = await http.exchange({
          method: 'POST',
          url: `${base}/studies`,
          what: `STOW-RS of instance ${SOPInstanceUID}`,
          headers: { 'Content-Type': contentType, Accept: 'application/dicom+json' },
          body,
        });
        if (judgeStore(answer, SOPInstanceUID) === 'stored') return 'sent';
        throw new ColouriseError(
          'STORE_UNVERIFIED',
          `${answer.label}: HTTP status ${answer.status}, but the answer does not name the instance`,
        );
      });
    },
    probe: () =>
      atDestination(name, async () => {
        const { status, label } = await quick.exchange({
          method: 'GET',
          url: `${base}/studies?limit=1`,
          what: 'QIDO-RS',
          headers: { Accept: 'application/dicom+json' },
        });
        if (status === 401 || status === 403) {
          throw new ColouriseError('PACS_UNAUTHORISED', `${label}: HTTP status ${status}`);
        }
        // One that takes objects only, and cannot be searched, answers as well.
        const isSearchable = status < 300;
        if (!isSearchable && ![400, 405, 501].includes(status)) {
          throw new ColouriseError('PACS_UNAVAILABLE', `${label}: HTTP status ${status}`);
        }
        return isSearchable ? 'DICOMweb answers' : 'it answers, but not to searches';
      }),
    close: () => {
      http.close();
      quick.close();
    },
  };
}

const codes: Partial<Record<ErrorCode, ErrorCode>> = {
  PACS_UNAVAILABLE: 'DESTINATION_UNAVAILABLE',
  STORAGE_FULL: 'DESTINATION_UNAVAILABLE',
  PACS_UNAUTHORISED: 'DESTINATION_UNAUTHORISED',
  PACS_REJECTED: 'DESTINATION_REFUSED',
  STORE_UNVERIFIED: 'DESTINATION_FAILED',
};

/** What our client says of the archive, said of a destination. */
export async function atDestination<T>(name: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (thrown) {
    const { code, message } = asColouriseError(thrown);
    throw new ColouriseError(codes[code] ?? code, `${name}: ${message}`, { cause: thrown });
  }
}
