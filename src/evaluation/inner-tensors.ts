import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PbfWriter } from 'pbf';
import { z } from 'zod';
import type { InstalledModel } from '../models/registry.js';

/**
 * Tensors inside a graph that are worth measuring, by their names there. `measuring.json` beside the weights
 * says them; the product never reads it.
 */
const innerTensors = z.strictObject({
  /** Smoothed evidence in [0, 1] before gate and dead zone, [n, 1, rows, columns]. */
  opacity: z.string(),
  /** Probability of each place by the classifier, [n, 1, rows, columns] of any size. */
  classifierMap: z.string(),
});

export type InnerTensors = z.infer<typeof innerTensors>;

/** What the model's folder says of its inside; undefined where it says nothing. */
export async function innerTensorsOf({
  folder,
}: InstalledModel): Promise<InnerTensors | undefined> {
  const text = await readFile(join(folder, 'measuring.json'), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : innerTensors.parse(JSON.parse(text));
}

/** Fields of ModelProto, GraphProto and ValueInfoProto. @see onnx.proto3 */
const field = { graph: 7, output: 12, name: 1 } as const;

/**
 * The same network giving more tensors, and drawn by one of them. Messages of one field that stand twice in a
 * protobuf are merged, so a few bytes behind the file are enough.
 */
export async function drawnBy(
  model: InstalledModel,
  tensor: string,
  folder: string,
): Promise<InstalledModel | undefined> {
  const { manifest } = model;
  if (manifest.outputs.kind !== 'evidence') return undefined;
  const { evidence, lungs, probability } = manifest.outputs;
  const known = [evidence, lungs, probability].includes(tensor);
  const weights = Buffer.concat([
    await readFile(model.weightsFile),
    known ? new Uint8Array() : moreOutputs([tensor]),
  ]);
  const sha256 = createHash('sha256').update(weights).digest('hex');
  const file = `${manifest.name}-${sha256.slice(0, 8)}.onnx`;
  await writeFile(join(folder, file), weights);
  return {
    folder,
    weightsFile: join(folder, file),
    manifest: {
      ...manifest,
      weights: { file, sha256 },
      outputs: { ...manifest.outputs, evidence: tensor },
      golden: { ...manifest.golden, outputs: {} },
    },
  };
}

function moreOutputs(names: readonly string[]): Uint8Array {
  const model = new PbfWriter();
  model.writeMessage(
    field.graph,
    (_, graph) => {
      for (const name of names) {
        graph.writeMessage(
          field.output,
          (__, value) => {
            value.writeStringField(field.name, name);
          },
          undefined,
        );
      }
    },
    undefined,
  );
  return model.finish();
}
