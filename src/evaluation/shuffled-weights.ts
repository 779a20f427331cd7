import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PbfReader } from 'pbf';
import type { InstalledModel } from '../models/registry.js';
import { type Random, randomFor } from '../phantom/random.js';

/** Fields of ModelProto, GraphProto and TensorProto that matter here. @see onnx.proto3 */
const field = { graph: 7, initializer: 5, dataType: 2, rawData: 9 } as const;
/** Bytes of one element, by TensorProto.DataType: float, int8, float16. */
const elementBytes: Readonly<Record<number, number>> = { 1: 4, 3: 1, 10: 2 };
/** Smaller tensors are shapes, scales and biases. */
const leastBytes = 2048;

/**
 * The same network with the elements of each weight tensor in random order: what it still shows, it shows
 * without having learnt anything.
 * @see Adebayo et al. (2018), Sanity Checks for Saliency Maps, arXiv:1810.03292
 */
export async function shuffledTwin(model: InstalledModel, folder: string): Promise<InstalledModel> {
  const weights = new Uint8Array(await readFile(model.weightsFile));
  shuffleWeights(weights, randomFor(1, 'weights'));
  const { manifest } = model;
  const weightsFile = join(folder, `${manifest.name}-shuffled.onnx`);
  await writeFile(weightsFile, weights);
  const sha256 = createHash('sha256').update(weights).digest('hex');
  return {
    ...model,
    folder,
    weightsFile,
    manifest: {
      ...manifest,
      weights: { ...manifest.weights, sha256 },
      golden: { ...manifest.golden, outputs: {} },
    },
  };
}

/** Reorders the elements of each large tensor in place; the file keeps its structure. */
export function shuffleWeights(model: Uint8Array, random: Random): void {
  const inGraph = (tag: number, _: unknown, reader: PbfReader) => {
    if (tag === field.initializer) shuffleTensor(reader.readBytes(), random);
  };
  new PbfReader(model).readFields((tag, _, reader) => {
    if (tag === field.graph) new PbfReader(reader.readBytes()).readFields(inGraph, undefined);
  }, undefined);
}

function shuffleTensor(tensor: Uint8Array, random: Random): void {
  let dataType = 0;
  let raw: Uint8Array = new Uint8Array();
  new PbfReader(tensor).readFields((tag, _, reader) => {
    if (tag === field.dataType) dataType = reader.readVarint();
    if (tag === field.rawData) raw = reader.readBytes();
  }, undefined);
  const size = elementBytes[dataType];
  if (size === undefined || raw.length < leastBytes) return;
  for (let last = raw.length / size - 1; last > 0; last--) {
    const chosen = Math.floor(random.between(0, last + 1));
    for (let byte = 0; byte < size; byte++) {
      const [one, other] = [last * size + byte, chosen * size + byte];
      [raw[one], raw[other]] = [raw[other]!, raw[one]!];
    }
  }
}
