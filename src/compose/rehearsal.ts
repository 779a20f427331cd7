/** Builds and joins what a rehearsal needs: inside the service, or on the command line beside it. */
import { openAttributeCache } from '../adapters/sqlite/attribute-cache.js';
import { StateDatabase } from '../adapters/sqlite/database.js';
import { SqliteLedgerReader } from '../adapters/sqlite/sqlite-ledger-reader.js';
import { openPacs } from './connections.js';
import { knownNames } from './forwarding.js';
import { loadRules, parseRules } from '../config/load-rules.js';
import type { Settings } from '../config/load-settings.js';
import { asColouriseError } from '../domain/errors.js';
import type { MeasuredModel, Rehearsal } from '../domain/rehearsal.js';
import type { Rules } from '../domain/rules/decide.js';
import type { HttpDependencies } from '../http/server.js';
import { openRegistry, type Registry } from '../models/registry.js';
import { rehearse, type RehearsalOptions } from '../bulk/rehearse.js';
import type { Archive } from '../ports/pacs.js';

/** What rehearsals keep of the archive, at about 1 KiB an image. */
const mostCachedImages = 200_000;

interface RehearsalParts {
  readonly archive: Archive;
  readonly registry: Registry;
  readonly live: () => Rules;
  readonly measured: () => readonly MeasuredModel[];
}

/** For the service: each rehearsal takes the rules that are in force when it begins. */
export function createRehearsal(
  settings: Settings,
  parts: RehearsalParts,
): HttpDependencies['rehearse'] {
  return async ({ rules, ...request }) =>
    runRehearsal(settings, parts, {
      ...request,
      edited: parseRules(rules, 'rules', knownNames(settings)),
    });
}

export interface OpenRehearsal {
  /** @throws as the archive does; the signal's reason when it is aborted */
  run(options: RehearsalOptions): Promise<Rehearsal>;
  close(): void;
}

/**
 * A rehearsal beside a service, or without one: it reads the archive and writes nothing but its cache.
 * @throws `CONFIG_INVALID` for the rules in force, `MODEL_INVALID`
 */
export async function openRehearsal(settings: Settings): Promise<OpenRehearsal> {
  const live = await loadRules(settings.rules.file, knownNames(settings));
  const registry = await openRegistry(settings.models.folder, settings.models.installed);
  const archive = openPacs(settings);
  const parts: RehearsalParts = {
    archive,
    registry,
    live: () => live,
    measured: () => measuredModels(settings.data.folder),
  };
  return {
    run: (options) => runRehearsal(settings, parts, options),
    close: () => {
      archive.close();
    },
  };
}

async function runRehearsal(
  { data, rules, models }: Settings,
  { archive, registry, live, measured }: RehearsalParts,
  options: RehearsalOptions,
): Promise<Rehearsal> {
  const cache = openAttributeCache(data.folder, mostCachedImages);
  try {
    const tools = {
      archive,
      cache,
      now: () => new Date(),
      live: live(),
      timeZone: rules.timeZone,
      defaultModel: models.default,
      installedModels: registry.models.map(({ manifest }) => manifest.name),
      measured: measured(),
    };
    return await rehearse(tools, options);
  } finally {
    cache.close();
  }
}

/** None where the service has not run yet. */
function measuredModels(folder: string): readonly MeasuredModel[] {
  try {
    const database = StateDatabase.openForReading(folder);
    try {
      return new SqliteLedgerReader(database, () => new Date()).measured();
    } finally {
      database.close();
    }
  } catch (thrown) {
    if (asColouriseError(thrown).code === 'QUEUE_UNAVAILABLE') return [];
    throw thrown;
  }
}
