import { z } from 'zod';
import { ColouriseError } from '../../domain/errors.js';
import { type ByteSource, joined } from '../../ports/byte-source.js';
import type { ArchiveEraser } from '../../ports/archive-index.js';
import type { Forwarder } from '../../ports/forwarding.js';
import { parseAnswer, refusal } from './answers.js';
import type { HttpAnswer, HttpClient } from './http-client.js';
import { atDestination } from './stow-forwarder.js';

export interface OrthancDestination {
  readonly name: string;
  readonly kind: 'modality' | 'peer';
  /** Its name in Orthanc's configuration. */
  readonly remote: string;
}

const plurals = { modality: 'modalities', peer: 'peers' } as const;

/** The result of Orthanc's own job. */
const sending = z.object({ FailedInstancesCount: z.number().optional() });

/**
 * Lets the archive itself send: by C-STORE to a modality, over HTTP to a peer. The archive answers once the other side
 * has said that it took the instance.
 * @param http to the archive; silent for as long as the other side takes
 * @param base the archive's address without a slash at its end
 */
export function orthancForwarder(
  { name, kind, remote }: OrthancDestination,
  http: HttpClient,
  base: string,
  archive: Pick<ArchiveEraser, 'locate'>,
): Forwarder {
  const path = `${base}/${plurals[kind]}/${encodeURIComponent(remote)}`;

  async function isKnown(): Promise<boolean> {
    const answer = await http.exchange({
      method: 'GET',
      url: `${base}/${plurals[kind]}`,
      what: `list of ${plurals[kind]}`,
    });
    if (answer.status !== 200) throw refusal(answer);
    return parseAnswer(answer, z.array(z.string())).includes(remote);
  }

  /** Orthanc answers 500 or 504 for whatever happens between it and the other side. */
  async function judged(answer: HttpAnswer): Promise<'ok' | 'gone'> {
    if (answer.status === 200) return 'ok';
    if (answer.status >= 500) {
      const { message } = refusal(answer);
      throw new ColouriseError('DESTINATION_UNAVAILABLE', message);
    }
    if (answer.status !== 404) throw refusal(answer);
    if (await isKnown()) return 'gone';
    throw new ColouriseError('DESTINATION_UNKNOWN', `Orthanc knows no ${kind} ${remote}`);
  }

  return {
    destination: name,
    kind,
    async send(instance) {
      const { SOPInstanceUID } = instance;
      const [orthancId] = await archive.locate(SOPInstanceUID);
      if (orthancId === undefined) return 'gone';
      return atDestination(name, async () => {
        const answer = await http.exchange({
          method: 'POST',
          url: `${path}/store`,
          what: `sending of instance ${SOPInstanceUID}`,
          body: jsonBody({ Resources: [orthancId], Synchronous: true }),
        });
        if ((await judged(answer)) === 'gone') return 'gone';
        if ((parseAnswer(answer, sending).FailedInstancesCount ?? 0) === 0) return 'sent';
        throw new ColouriseError('DESTINATION_FAILED', `${answer.label}: it was not taken`);
      });
    },
    probe: () =>
      atDestination(name, async () => {
        const answer = await http.exchange(
          kind === 'modality'
            ? { method: 'POST', url: `${path}/echo`, what: 'C-ECHO', body: jsonBody({}) }
            : { method: 'GET', url: `${path}/system`, what: 'question to the peer' },
        );
        if ((await judged(answer)) === 'ok') {
          return kind === 'modality' ? 'it answers C-ECHO' : 'the peer answers';
        }
        throw new ColouriseError('DESTINATION_UNKNOWN', `Orthanc cannot ask ${kind} ${remote}`);
      }),
    close: () => {
      http.close();
    },
  };
}

function jsonBody(value: object): ByteSource {
  return joined([Buffer.from(JSON.stringify(value))]);
}
