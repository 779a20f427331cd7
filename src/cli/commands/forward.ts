import { z } from 'zod';
import { DataFolderBusy } from '../../adapters/sqlite/database.js';
import { openForwardBook } from '../../compose/forwarding.js';
import type { Settings } from '../../config/load-settings.js';
import type { ForwardFilter } from '../../ports/forwarding.js';
import { type ExitCode, exitCodes, type Output } from '../output.js';
import { askedBy } from './tasks.js';
import { serviceClient } from '../service-client.js';

const count = z.number();
const status = z.object({
  destinations: z.array(
    z.object({
      destination: z.string(),
      kind: z.string().optional(),
      pending: count,
      failed: count,
      oldest: z.coerce.date().optional(),
      fault: z.string().optional(),
    }),
  ),
});
type Destinations = z.infer<typeof status>['destinations'];
const retried = z.object({ retried: count });

/** `forward list`: what waits for each destination, and why. Whether one is away only a service knows. */
export async function listForwards(settings: Settings, output: Output): Promise<ExitCode> {
  const destinations = await known(settings);
  const lines = destinations.map(
    ({ destination, kind = 'not in the settings', pending, failed, oldest, fault }) => {
      const since = oldest ? `, the oldest since ${oldest.toISOString()}` : '';
      const why = fault === undefined ? '' : `\n  ${fault}`;
      return `${destination} (${kind}): ${pending} wait${since}, ${failed} given up${why}`;
    },
  );
  output.result({ destinations }, lines.join('\n') || 'no destination');
  return exitCodes.done;
}

/** `forward retry`: what was given up is sent again, at once by a service that runs, or when it starts. */
export async function retryForwards(
  settings: Settings,
  output: Output,
  filter: ForwardFilter,
): Promise<ExitCode> {
  const answer = await here(
    settings,
    ({ book, audit }) => {
      const again = book.retry(filter);
      audit.append({
        action: 'image.forward',
        outcome: 'done',
        who: askedBy(),
        kind: 'machine',
        address: 'local',
        target: filter.imageId ?? filter.destination ?? 'all',
        details: { retried: again },
      });
      return { retried: again };
    },
    (ask) => ask('POST', 'forwards/retry', retried, filter),
  );
  output.result(answer, `${answer.retried} are sent again`);
  return exitCodes.done;
}

function known(settings: Settings): Promise<Destinations> {
  return here<Destinations>(
    settings,
    ({ book }) => {
      const names = Object.keys(settings.forward.destinations);
      const backlog = new Map(book.backlog().map((each) => [each.destination, each]));
      return [...new Set([...names, ...backlog.keys()])].map((destination) => ({
        ...(backlog.get(destination) ?? { destination, pending: 0, failed: 0 }),
        ...(names.includes(destination) ? { kind: kindOf(settings, destination) } : {}),
      }));
    },
    async (ask) => (await ask('GET', 'status', status)).destinations,
  );
}

function kindOf({ forward }: Settings, name: string): string {
  const { dicomweb, modality } = forward.destinations[name] ?? {};
  if (dicomweb !== undefined) return 'dicomweb';
  return modality === undefined ? 'peer' : 'modality';
}

/** In the data folder itself, or at the service that writes it. */
async function here<T>(
  settings: Settings,
  act: (opened: ReturnType<typeof openForwardBook>) => T,
  ask: (client: ReturnType<typeof serviceClient>) => Promise<T>,
): Promise<T> {
  let opened;
  try {
    opened = openForwardBook(settings);
  } catch (thrown) {
    if (thrown instanceof DataFolderBusy) return ask(serviceClient(settings));
    throw thrown;
  }
  try {
    return act(opened);
  } finally {
    opened.close();
  }
}
