import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ColouriseError } from '../../domain/errors.js';
import {
  activated,
  deactivated,
  readActivation,
  shadowed,
  writeActivation,
} from '../../models/activation.js';
import { openRegistry, type RegistryEntry } from '../../models/registry.js';
import type { ModelReference } from '../../models/reference.js';

type Version = Required<ModelReference>;

export interface ModelFolders {
  readonly shipped: string;
  readonly installed: string;
}

/** Any version that is known, those that may not colour included. @throws `MODEL_NOT_FOUND` */
export async function findVersion(
  { shipped, installed }: ModelFolders,
  { name, version }: Version,
): Promise<RegistryEntry> {
  const { entries } = await openRegistry(shipped, installed);
  const found = entries.find(
    ({ model: { manifest } }) => manifest.name === name && manifest.version === version,
  );
  if (found) return found;
  throw new ColouriseError('MODEL_NOT_FOUND', `${name} ${version} is not known here`);
}

/** Makes a version the one that rules without a version take. @throws `MODEL_NOT_FOUND` */
export async function activateModel(folders: ModelFolders, version: Version): Promise<void> {
  const { state } = await findVersion(folders, version);
  if (state === 'removed') {
    throw new ColouriseError('MODEL_NOT_FOUND', `${version.name} ${version.version} was removed`);
  }
  const activation = await readActivation(folders.installed);
  await writeActivation(folders.installed, activated(activation, version));
}

/** Bars a version from colouring; its files stay. @throws `MODEL_NOT_FOUND` */
export async function deactivateModel(folders: ModelFolders, version: Version): Promise<void> {
  await findVersion(folders, version);
  const activation = await readActivation(folders.installed);
  await writeActivation(folders.installed, deactivated(activation, version));
}

/**
 * Lets a version run in the shadow of a model where no rule says otherwise; undefined ends that.
 * @throws `MODEL_NOT_FOUND` for a version that may not colour, or a model that is not known
 */
export async function shadowModel(
  folders: ModelFolders,
  beside: string,
  version: Version | undefined,
): Promise<void> {
  const registry = await openRegistry(folders.shipped, folders.installed);
  registry.get(beside);
  if (version) registry.get(version.name, version.version);
  const activation = await readActivation(folders.installed);
  await writeActivation(folders.installed, shadowed(activation, beside, version));
}

/**
 * Deletes the weights of an installed version. Manifest, card and record stay: objects in the archive name it.
 * @throws `MODEL_NOT_FOUND`, `USAGE` for a model of the release
 */
export async function removeModel(
  folders: ModelFolders,
  version: Version,
  now: Date,
): Promise<void> {
  const { model, installed } = await findVersion(folders, version);
  if (installed === undefined) {
    throw new ColouriseError('USAGE', `${version.name} is part of the release; deactivate it`);
  }
  const record = { ...installed, removedAt: installed.removedAt ?? now.toISOString() };
  const file = join(model.folder, 'installed.json');
  // The record first: a version without weights must never look usable.
  await writeFile(`${file}.new`, JSON.stringify(record, undefined, 2));
  await rename(`${file}.new`, file);
  await rm(model.weightsFile, { force: true });
}

/** What its maker says of it. */
export async function readCard({ model }: RegistryEntry): Promise<string> {
  return readFile(join(model.folder, 'card.md'), 'utf8').catch((cause: unknown) => {
    throw new ColouriseError('MODEL_NOT_FOUND', `no card in ${model.folder}`, { cause });
  });
}
