import type { InferenceSession } from 'onnxruntime-node';
import { ColouriseError } from '../../domain/errors.js';
import type { Manifest } from '../../models/manifest.js';
import type { InstalledModel } from '../../models/registry.js';
import type { Colouring } from '../../ports/colouring.js';

/** What a network says about one picture, by the names of its outputs. */
export type Outputs = Readonly<Record<string, Float32Array>>;

/**
 * Cuts the outputs of a batch into those of its pictures, as views.
 * @param batch pictures that were run, padding included
 * @param count how many of them are wanted, from the first
 * @throws `MODEL_INVALID` when an output is not one float32 block a picture
 */
export function outputsOfPictures(
  outputs: InferenceSession.ReturnType,
  batch: number,
  count: number,
): readonly Outputs[] {
  const blocks = Object.entries(outputs).map(([name, output]) => {
    if (output.type !== 'float32' || output.dims[0] !== batch) {
      throw new ColouriseError(
        'MODEL_INVALID',
        `output '${name}' is ${output.type} of ${output.dims.join(' × ')}, not float32 of ${batch} pictures`,
      );
    }
    return { name, data: output.data as Float32Array, size: output.size / batch };
  });
  return Array.from({ length: count }, (_, at) =>
    Object.fromEntries(
      blocks.map(({ name, data, size }) => [name, data.subarray(at * size, (at + 1) * size)]),
    ),
  );
}

/** The outputs that a colouring is made of. */
export function tensorsOf(named: Manifest['outputs']): readonly string[] {
  if (named.kind === 'ab') return [named.ab];
  const { evidence, lungs, probability } = named;
  return [evidence, lungs, probability].filter((name) => name !== undefined);
}

/** A plain loop: `some` takes ten times as long. */
function hasNaN(values: Float32Array): boolean {
  for (let at = 0; at < values.length; at++) if (Number.isNaN(values[at])) return true;
  return false;
}

/** On memory that crosses threads without a copy: to the main one, and on to the one that draws. */
function shared(values: Float32Array): Float32Array {
  const own = new Float32Array(new SharedArrayBuffer(values.byteLength));
  own.set(values);
  return own;
}

/**
 * The outputs of one picture as a colouring, on memory of its own.
 * @throws `MODEL_INVALID`; `MODEL_FAILED` where a value is not a number
 */
export function colouringOf(model: InstalledModel, outputs: Outputs): Colouring {
  const { name: modelName, outputs: named } = model.manifest;
  const values = (name: string): Float32Array => {
    const found = outputs[name];
    if (found === undefined) {
      throw new ColouriseError('MODEL_INVALID', `${modelName} has no output '${name}'`);
    }
    if (hasNaN(found)) {
      throw new ColouriseError('MODEL_FAILED', `${modelName}: output '${name}' is not a number`);
    }
    return found;
  };
  switch (named.kind) {
    case 'ab': {
      const ab = values(named.ab);
      return { kind: 'ab', ...squareOf(ab.length / 2, model), ab: shared(ab) };
    }
    case 'evidence': {
      const evidence = values(named.evidence);
      return {
        kind: 'evidence',
        ...squareOf(evidence.length, model),
        evidence: shared(evidence.map((value) => Math.min(1, Math.max(0, value)))),
        ...(named.lungs === undefined ? {} : { lungs: shared(values(named.lungs)) }),
        ...(named.probability === undefined
          ? {}
          : { probability: values(named.probability)[0] ?? 0 }),
      };
    }
    default:
      return named satisfies never;
  }
}

/** The output grid: it has the input's proportions. @throws `MODEL_INVALID` */
function squareOf(pixels: number, model: InstalledModel): { rows: number; columns: number } {
  const { rows, columns } = model.manifest.input;
  const scale = Math.sqrt(pixels / (rows * columns));
  const grid = { rows: Math.round(rows * scale), columns: Math.round(columns * scale) };
  if (grid.rows * grid.columns === pixels) return grid;
  throw new ColouriseError(
    'MODEL_INVALID',
    `output of ${pixels} values has no place on the picture`,
  );
}
