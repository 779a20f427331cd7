import { mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { ColouriseError } from '../../domain/errors.js';
import { activated, readActivation, writeActivation } from '../../models/activation.js';
import type { InstallRecord } from '../../models/install-record.js';
import type { Manifest } from '../../models/manifest.js';
import { type InstalledModel, openRegistry, parseManifest } from '../../models/registry.js';
import { type DownloadLimits, download, shownAddress } from './download.js';
import { sha256Of, unpack } from './package-entries.js';

export interface InstallRequest {
  /** A folder, a .zip, .tar or .tar.gz, or an http(s) address of one of the latter. */
  readonly source: string;
  /** What the sender says: of the file as it came; of the weights for a folder. */
  readonly sha256: string;
  /** Checks all and leaves nothing behind. */
  readonly dryRun: boolean;
  /** Makes it the version that rules without one take. */
  readonly activate: boolean;
}

export interface InstallTools {
  readonly shipped: string;
  readonly installed: string;
  readonly limits: DownloadLimits;
  /** Holds it against its golden picture, away from here and under a time limit. */
  readonly check: (model: InstalledModel) => Promise<void>;
  readonly now: () => Date;
  readonly remark: (text: string) => void;
  readonly signal?: AbortSignal;
}

export interface InstallResult {
  readonly outcome: 'installed' | 'already-installed' | 'would-install';
  readonly name: string;
  readonly version: string;
  /** Of the weights. */
  readonly sha256: string;
  readonly meaning: string;
  readonly licence: string;
  /** Rules that name no version take it. */
  readonly active: boolean;
}

/**
 * Installs one version of a model beside all others. It is staged, checked whole (hash, manifest, weights, card, golden
 * picture) and then moved into place by one rename, so that it is there or it is not.
 * @throws `MODEL_REFUSED`, `MODEL_INVALID`, `MODEL_FAILED`, `DOWNLOAD_FAILED`; nothing is changed then
 */
export async function installModel(
  request: InstallRequest,
  tools: InstallTools,
): Promise<InstallResult> {
  await mkdir(tools.installed, { recursive: true });
  const staging = await mkdtemp(join(tools.installed, '.staging-'));
  try {
    const { model, record } = await stage(request, staging, tools);
    const { name, version, weights, meaning, licence } = model.manifest;
    const facts = { name, version, sha256: weights.sha256, meaning, licence };
    const { there, removed, first, activeNow } = await placeOf(model.manifest, tools);
    if (there) return { outcome: 'already-installed', ...facts, active: activeNow };
    tools.remark(`checking the golden picture of ${name} ${version}`);
    await tools.check(model);
    const active = request.activate || first;
    if (request.dryRun) return { outcome: 'would-install', ...facts, active };
    await writeFile(join(model.folder, 'installed.json'), JSON.stringify(record, undefined, 2));
    await moveIntoPlace(model, tools.installed, removed);
    if (active) {
      const activation = await readActivation(tools.installed);
      await writeActivation(tools.installed, activated(activation, { name, version }));
    }
    return { outcome: 'installed', ...facts, active };
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

interface Staged {
  readonly model: InstalledModel;
  readonly record: InstallRecord;
}

async function stage(
  { source, sha256 }: InstallRequest,
  staging: string,
  { limits, now, remark, signal }: InstallTools,
): Promise<Staged> {
  const distant = /^https?:\/\//.test(source);
  const file = distant ? join(staging, 'package') : source;
  if (distant) {
    remark(`fetching ${shownAddress(source)}`);
    await download(source, file, limits, signal);
  }
  const kind = await stat(file).catch((cause: unknown) => {
    throw new ColouriseError('USAGE', `cannot read ${source}`, { cause });
  });
  // Before anything of it is looked at.
  if (kind.isFile()) assertSame('the package', sha256, await sha256Of(file));
  const folder = join(staging, 'model');
  await mkdir(folder);
  await unpack(file, folder, limits);
  const model = await readStaged(folder);
  const weights = await sha256Of(model.weightsFile);
  if (kind.isDirectory()) assertSame('the weights', sha256, weights);
  assertSame('the weights in the manifest', model.manifest.weights.sha256, weights);
  const origin = distant ? shownAddress(source) : basename(source);
  return {
    model,
    record: { installedAt: now().toISOString(), source: origin, sha256: sha256.toLowerCase() },
  };
}

function assertSame(what: string, expected: string, found: string): void {
  if (expected.toLowerCase() === found) return;
  throw new ColouriseError(
    'MODEL_REFUSED',
    `SHA-256 of ${what} is ${found}, expected ${expected.slice(0, 64)}`,
  );
}

/** A card belongs to every model: what is not described is not used. */
async function readStaged(folder: string): Promise<InstalledModel> {
  const read = async (name: string, maxBytes: number) => {
    const file = join(folder, name);
    const { size } = await stat(file).catch(() => ({ size: 0 }));
    if (size > 0 && size <= maxBytes) return readFile(file, 'utf8');
    throw new ColouriseError(
      'MODEL_REFUSED',
      `${name} is missing, empty or above ${maxBytes} bytes`,
    );
  };
  const text = await read('manifest.json', 1 << 20);
  await read('card.md', 1 << 20);
  const manifest = parseManifest('manifest.json', text);
  assertGolden(manifest);
  const weightsFile = join(folder, manifest.weights.file);
  await stat(weightsFile).catch((cause: unknown) => {
    throw new ColouriseError('MODEL_REFUSED', `${manifest.weights.file} is missing`, { cause });
  });
  return { manifest, folder, weightsFile };
}

/** A golden picture that says nothing of an output would let any weights pass. */
function assertGolden({ outputs, golden }: Manifest): void {
  const { kind, ...named } = outputs;
  for (const output of Object.values(named)) {
    if (output === undefined || golden.outputs[output] !== undefined) continue;
    throw new ColouriseError(
      'MODEL_REFUSED',
      `golden.outputs says nothing of '${output}' (${kind})`,
    );
  }
}

/** @throws `MODEL_REFUSED` when other weights have this name and version */
async function placeOf(
  { name, version, weights }: Manifest,
  { shipped, installed }: InstallTools,
): Promise<Record<'there' | 'removed' | 'first' | 'activeNow', boolean>> {
  const { entries } = await openRegistry(shipped, installed);
  const named = entries.filter(({ model }) => model.manifest.name === name);
  const same = named.find(({ model }) => model.manifest.version === version);
  if (same && same.model.manifest.weights.sha256 !== weights.sha256) {
    throw new ColouriseError(
      'MODEL_REFUSED',
      `${name} ${version} is known with other weights; new weights need a new version`,
    );
  }
  return {
    there: same !== undefined && same.state !== 'removed',
    removed: same?.state === 'removed' && same.model.folder === placeFor(installed, name, version),
    first: named.length === 0,
    activeNow: same?.state === 'active',
  };
}

const placeFor = (installed: string, name: string, version: string) =>
  join(installed, name, version);

async function moveIntoPlace(
  { folder, manifest: { name, version } }: InstalledModel,
  installed: string,
  removed: boolean,
): Promise<void> {
  const place = placeFor(installed, name, version);
  await mkdir(dirname(place), { recursive: true });
  // A removed version left its manifest and card there, which the same files now replace.
  if (removed) await rename(place, join(dirname(folder), 'replaced'));
  await rename(folder, place).catch((cause: unknown) => {
    throw new ColouriseError('MODEL_REFUSED', `${name} ${version} was just installed by another`, {
      cause,
    });
  });
}
