import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import rcompare from 'semver/functions/rcompare.js';
import { z } from 'zod';
import { ColouriseError } from '../domain/errors.js';
import { type Activation, readActivation } from './activation.js';
import { installRecordSchema, type InstallRecord } from './install-record.js';
import { type Manifest, manifestSchema } from './manifest.js';
import { parseReference } from './reference.js';

/** A model that is installed: its manifest and where its weights lie. */
export interface InstalledModel {
  readonly manifest: Manifest;
  readonly folder: string;
  readonly weightsFile: string;
}

/**
 * `active`: rules that name no version take it. `available`: rules may name it. `deactivated`: nobody may.
 * `removed`: its weights are gone; manifest and card stay, so that objects which name it can be explained.
 */
export type ModelState = 'active' | 'available' | 'deactivated' | 'removed';

export interface RegistryEntry {
  readonly model: InstalledModel;
  readonly state: ModelState;
  /** Absent for models of the release, but for those of which it keeps no weights. */
  readonly installed?: InstallRecord;
}

export interface Registry {
  /** Every version that may colour, by name, the newest first. */
  readonly models: readonly InstalledModel[];
  /** Every version that is known, those that may not colour included. */
  readonly entries: readonly RegistryEntry[];
  /**
   * The active version of a model, or the one that is named: `evidence`, `evidence@1.0.0`.
   * @throws `MODEL_NOT_FOUND`
   */
  get(reference: string, version?: string): InstalledModel;
  /** The model whose lung mask tells chest radiographs from other pictures. @throws `MODEL_NOT_FOUND` */
  recogniser(): InstalledModel;
  /** What the operator put in the shadow of models, by their names, as `name@version`. */
  readonly shadows: Readonly<Record<string, string>>;
  /** What runs in the shadow of a model where no rule says otherwise, if that may colour. */
  shadowOf(name: string): InstalledModel | undefined;
}

/**
 * Reads the models of the release, `<shipped>/<folder>/manifest.json`, and those that were installed beside it,
 * `<installed>/<name>/<version>/manifest.json`. Weights are not read here: whoever loads them checks their hash.
 * @throws `MODEL_INVALID` naming the manifest, the key and what was expected
 */
export async function openRegistry(shipped: string, installed?: string): Promise<Registry> {
  const ours = await readAll(await foldersIn(shipped));
  if (installed === undefined)
    return registryOf(ours, [], { active: {}, deactivated: [], shadows: {} });
  const names = await foldersIn(installed).catch(() => []);
  const versions = (await Promise.all(names.map(foldersIn))).flat();
  return registryOf(ours, await readAll(versions), await readActivation(installed));
}

async function foldersIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: unknown) => {
    throw new ColouriseError('MODEL_NOT_FOUND', `no folder of models at ${folder}`, { cause });
  });
  return entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map((entry) => join(folder, entry.name));
}

interface Found {
  readonly model: InstalledModel;
  readonly installed?: InstallRecord;
}

function registryOf(
  shipped: readonly Found[],
  installed: readonly Found[],
  activation: Activation,
): Registry {
  const versionOf = ({ model: { manifest } }: Found) => `${manifest.name}@${manifest.version}`;
  const here = new Set(installed.map(versionOf));
  // Of what a release left behind, weights that were installed again stand.
  const ours = shipped.filter((one) => !isRemoved(one) || !here.has(versionOf(one)));
  const ofRelease = new Set(ours.map(versionOf));
  // What a release brings along needs no second copy; its own stands.
  const found = [
    ...newestFirst(ours),
    ...newestFirst(installed.filter((one) => !ofRelease.has(versionOf(one)))),
  ];
  const barred = (one: Found) => activation.deactivated.includes(versionOf(one));
  const usable = found.filter((one) => !barred(one) && !isRemoved(one));
  const activeOf = (name: string) => {
    const named = usable.filter(({ model }) => model.manifest.name === name);
    const chosen = activation.active[name];
    if (chosen === undefined) return named[0];
    return named.find(({ model }) => model.manifest.version === chosen);
  };
  const stateOf = (one: Found): ModelState => {
    if (isRemoved(one)) return 'removed';
    if (barred(one)) return 'deactivated';
    return activeOf(one.model.manifest.name) === one ? 'active' : 'available';
  };
  const entries = found
    .map((one) => ({ ...one, state: stateOf(one) }))
    .toSorted((one, other) => one.model.manifest.name.localeCompare(other.model.manifest.name));
  return {
    entries,
    shadows: activation.shadows,
    models: entries
      .filter(({ state }) => state === 'active' || state === 'available')
      .map(({ model }) => model),
    get(reference, version) {
      const { name, version: inReference } = parseReference(reference);
      const pinned = version ?? inReference;
      const entry =
        pinned === undefined
          ? activeOf(name)
          : usable.find((one) => versionOf(one) === `${name}@${pinned}`);
      if (entry) return entry.model;
      throw new ColouriseError('MODEL_NOT_FOUND', whyMissing(entries, name, pinned));
    },
    recogniser() {
      // Shipped ones stand first: an installed model must not judge other models' pictures unasked.
      const entry = found.find(
        (one) =>
          activeOf(one.model.manifest.name) === one &&
          one.model.manifest.outputs.kind === 'evidence' &&
          one.model.manifest.outputs.lungs !== undefined,
      );
      if (entry) return entry.model;
      throw new ColouriseError('MODEL_NOT_FOUND', 'no active model gives a lung mask');
    },
    shadowOf(name) {
      const shadow = activation.shadows[name];
      return usable.find((one) => versionOf(one) === shadow)?.model;
    },
  };
}

const isRemoved = ({ installed }: Found) => installed?.removedAt !== undefined;

function newestFirst(found: readonly Found[]): readonly Found[] {
  return found.toSorted((one, other) =>
    rcompare(one.model.manifest.version, other.model.manifest.version),
  );
}

function whyMissing(
  entries: readonly RegistryEntry[],
  name: string,
  version: string | undefined,
): string {
  const known = entries.filter(({ model }) => model.manifest.name === name);
  const found = known.find(({ model }) => model.manifest.version === version);
  if (found) return `model '${name}' version ${version ?? ''} is ${found.state}`;
  if (version === undefined && known.length > 0) return `no version of model '${name}' is active`;
  const all = entries.map(({ model: { manifest } }) => `${manifest.name} ${manifest.version}`);
  const wanted = `model '${name}'${version === undefined ? '' : ` version ${version}`}`;
  return `${wanted} is not installed; installed: ${all.join(', ') || 'none'}`;
}

async function readAll(folders: readonly string[]): Promise<readonly Found[]> {
  const found = await Promise.all(folders.map(readFound));
  return found.filter((one) => one !== undefined);
}

async function readFound(folder: string): Promise<Found | undefined> {
  const text = await readIfThere(join(folder, 'manifest.json'));
  if (text === undefined) return undefined;
  const manifest = parsed(manifestSchema, join(folder, 'manifest.json'), text);
  const model = { manifest, folder, weightsFile: join(folder, manifest.weights.file) };
  const record = await readIfThere(join(folder, 'installed.json'));
  if (record === undefined) return { model };
  return { model, installed: parsed(installRecordSchema, join(folder, 'installed.json'), record) };
}

async function readIfThere(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch((fault: unknown) => {
    if (fault instanceof Error && 'code' in fault && fault.code === 'ENOENT') return undefined;
    throw fault;
  });
}

function parsed<T>(schema: z.ZodType<T>, file: string, text: string): T {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new ColouriseError('MODEL_INVALID', `${file} is not JSON`, { cause });
  }
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  throw new ColouriseError('MODEL_INVALID', `${file}: ${z.prettifyError(result.error)}`);
}

/** @throws `MODEL_INVALID` */
export function parseManifest(file: string, text: string): Manifest {
  return parsed(manifestSchema, file, text);
}
