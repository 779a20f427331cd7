/** Threads that run networks load this, so it needs neither manifests' schemas nor the registry. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { ColouriseError } from '../domain/errors.js';
import type { InstalledModel } from './registry.js';

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
