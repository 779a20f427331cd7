import { checkModel } from '../../adapters/onnx/check-model.js';
import { installModel } from '../../adapters/models/install-model.js';
import {
  activateModel,
  deactivateModel,
  findVersion,
  readCard,
  removeModel,
} from '../../adapters/models/retire-model.js';
import type { Settings } from '../../config/load-settings.js';
import { ColouriseError } from '../../domain/errors.js';
import { parseVersion } from '../../models/reference.js';
import { type ExitCode, exitCodes, type Output } from '../output.js';

export interface InstallFlags {
  readonly sha256: string;
  readonly activate?: boolean;
  readonly dryRun?: boolean;
  /** Of the download, and of the golden picture, each. */
  readonly timeout: number;
}

/** A sender that falls silent for this long is given up. */
const silenceMs = 30_000;

/** Installs one version of a model, once all of it was checked. Ctrl-C leaves nothing behind. */
export async function install(
  settings: Settings,
  output: Output,
  source: string,
  { sha256, activate = false, dryRun = false, timeout }: InstallFlags,
): Promise<ExitCode> {
  if (!/^[0-9a-f]{64}$/i.test(sha256)) {
    throw new ColouriseError('USAGE', '--sha256 takes 64 hexadecimal digits');
  }
  const { models } = settings;
  const stopped = new AbortController();
  const stop = () => {
    stopped.abort(new Error('stopped'));
  };
  process.once('SIGINT', stop).once('SIGTERM', stop);
  const timeoutMs = 1000 * timeout;
  const result = await installModel(
    { source, sha256, activate, dryRun },
    {
      shipped: models.folder,
      installed: models.installed,
      limits: { maxBytes: models.maxBytes, timeoutMs, silenceMs },
      check: (model) => checkModel(model, timeoutMs, stopped.signal),
      now: () => new Date(),
      remark: (text) => {
        output.remark(text);
      },
      signal: stopped.signal,
    },
  ).finally(() => process.off('SIGINT', stop).off('SIGTERM', stop));
  const { outcome, name, version, active, meaning } = result;
  const use = active
    ? 'rules that name no version take it'
    : `rules take it where they name ${name}@${version}`;
  output.result(
    result,
    `${outcome} ${name} ${version}: ${meaning}\n${use}; running services see it within seconds`,
  );
  return exitCodes.done;
}

export const changes = {
  activate: activateModel,
  deactivate: deactivateModel,
  remove: removeModel,
} as const;

const done = { activate: 'active', deactivate: 'deactivated', remove: 'removed' } as const;

/** Activates, deactivates or removes NAME@VERSION. */
export async function change(
  { models: { folder: shipped, installed } }: Settings,
  output: Output,
  what: keyof typeof changes,
  reference: string,
): Promise<ExitCode> {
  const version = parseVersion(reference);
  await changes[what]({ shipped, installed }, version, new Date());
  output.result(
    { ...version, state: done[what] },
    `${reference} is ${done[what]}; running services see it within seconds`,
  );
  return exitCodes.done;
}

/** Everything that is known of a version, also of one that may not colour any more. */
export async function describe(
  { models: { folder: shipped, installed } }: Settings,
  output: Output,
  reference: string,
): Promise<ExitCode> {
  const entry = await findVersion({ shipped, installed }, parseVersion(reference));
  const card = await readCard(entry);
  const { manifest } = entry.model;
  output.result(
    {
      state: entry.state,
      manifest,
      ...(entry.installed ? { installed: entry.installed } : {}),
      card,
    },
    `${manifest.name} ${manifest.version}, ${entry.state}\nweights SHA-256 ${manifest.weights.sha256}\n\n${card}`,
  );
  return exitCodes.done;
}
