import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { ColouriseError } from '../domain/errors.js';
import { type Manifest, manifestSchema } from './manifest.js';

/** A model that is installed: its manifest and where its weights lie. */
export interface InstalledModel {
  readonly manifest: Manifest;
  readonly folder: string;
  readonly weightsFile: string;
}

export interface Registry {
  readonly models: readonly InstalledModel[];
  /** The active version of a model, or the pinned one. @throws `MODEL_NOT_FOUND` */
  get(name: string, version?: string): InstalledModel;
  /** The model whose lung mask tells chest radiographs from other pictures. @throws `MODEL_NOT_FOUND` */
  recogniser(): InstalledModel;
}

/**
 * Reads every `<folder>/<name>/manifest.json`. Weights are not read here: whoever loads them checks their hash.
 * @throws `MODEL_INVALID` naming the manifest, the key and what was expected
 */
export async function openRegistry(folder: string): Promise<Registry> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: unknown) => {
    throw new ColouriseError('MODEL_NOT_FOUND', `no folder of models at ${folder}`, { cause });
  });
  const folders = entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(folder, entry.name));
  const models = (await Promise.all(folders.map(readModel))).filter((model) => model !== undefined);
  return registryOf(models);
}

function registryOf(models: readonly InstalledModel[]): Registry {
  const newestFirst = models.toSorted((one, other) =>
    other.manifest.version.localeCompare(one.manifest.version, 'en', { numeric: true }),
  );
  return {
    models: newestFirst.toSorted((one, other) =>
      one.manifest.name.localeCompare(other.manifest.name),
    ),
    get(name, version) {
      const found = newestFirst.find(
        ({ manifest }) =>
          manifest.name === name && (version === undefined || manifest.version === version),
      );
      if (found) return found;
      const installed = models.map(({ manifest }) => `${manifest.name} ${manifest.version}`);
      throw new ColouriseError(
        'MODEL_NOT_FOUND',
        `model '${name}'${version ? ` version ${version}` : ''} is not installed; installed: ${installed.join(', ') || 'none'}`,
      );
    },
    recogniser() {
      const found = newestFirst.find(
        ({ manifest: { outputs } }) => outputs.kind === 'evidence' && outputs.lungs !== undefined,
      );
      if (found) return found;
      throw new ColouriseError('MODEL_NOT_FOUND', 'no installed model gives a lung mask');
    },
  };
}

async function readModel(folder: string): Promise<InstalledModel | undefined> {
  const file = join(folder, 'manifest.json');
  const text = await readFile(file, 'utf8').catch((fault: unknown) => {
    if (fault instanceof Error && 'code' in fault && fault.code === 'ENOENT') return undefined;
    throw fault;
  });
  if (text === undefined) return undefined;
  const manifest = manifestSchema.safeParse(parseJson(file, text));
  if (!manifest.success) {
    throw new ColouriseError('MODEL_INVALID', `${file}: ${z.prettifyError(manifest.error)}`);
  }
  return {
    manifest: manifest.data,
    folder,
    weightsFile: join(folder, manifest.data.weights.file),
  };
}

function parseJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ColouriseError('MODEL_INVALID', `${file} is not JSON`, { cause });
  }
}

/** SHA-256 of the weights against the manifest. @throws `MODEL_INVALID`, `MODEL_NOT_FOUND` */
export async function verifyWeights(model: InstalledModel): Promise<void> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(model.weightsFile), hash).catch((cause: unknown) => {
    throw new ColouriseError('MODEL_NOT_FOUND', `cannot read ${model.weightsFile}`, { cause });
  });
  assertHash(model, hash.digest('hex'));
}

/** @throws `MODEL_INVALID` when the weights are not those that the manifest names */
export function assertHash(
  model: Pick<InstalledModel, 'manifest' | 'weightsFile'>,
  sha256: string,
): void {
  if (sha256 === model.manifest.weights.sha256) return;
  throw new ColouriseError(
    'MODEL_INVALID',
    `${model.weightsFile} has SHA-256 ${sha256.slice(0, 16)}…, its manifest says ${model.manifest.weights.sha256.slice(0, 16)}…`,
  );
}
