import { unzipSync } from 'fflate';
import { ColouriseError } from '../domain/errors.js';
import type { Mask } from './film.js';

interface NumpyArray {
  /** NumPy's name of the type, such as `|u1` or `<U44`. */
  readonly type: string;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

/**
 * Lung masks that people drew, packed as one bit a pixel: arrays `names`, `bits` and `shape` of a NumPy archive.
 * @returns masks by the name of their film without folder and ending
 * @throws ColouriseError `MALFORMED` when the archive is of another kind
 */
export function readLungMasks(archive: Uint8Array): ReadonlyMap<string, Mask> {
  const files = unzipSync(archive);
  const [names, bits, shape] = ['names', 'bits', 'shape'].map((name) => {
    const file = files[`${name}.npy`];
    if (file === undefined) throw malformed(`no array '${name}'`);
    return readArray(file);
  }) as [NumpyArray, NumpyArray, NumpyArray];
  const view = new DataView(shape.bytes.buffer, shape.bytes.byteOffset);
  const [rows, columns] = [Number(view.getBigInt64(0, true)), Number(view.getBigInt64(8, true))];
  const rowBytes = bits.shape[1] ?? 0;
  return new Map(
    textsOf(names).map((name, index) => [
      stemOf(name),
      { rows, columns, inside: unpacked(bits.bytes, index * rowBytes, rows * columns) },
    ]),
  );
}

/** `folder/IM-0001.png` → `IM-0001` */
export function stemOf(path: string): string {
  return (path.split('/').at(-1) ?? '').replace(/\.\w+$/, '');
}

/** @see numpy.lib.format, version 1.0 */
function readArray(file: Uint8Array): NumpyArray {
  const text = Buffer.from(file.buffer, file.byteOffset, file.length);
  if (text.toString('latin1', 1, 6) !== 'NUMPY') throw malformed('not a NumPy array');
  const start = 10 + text.readUInt16LE(8);
  const header = text.toString('latin1', 10, start);
  const type = /'descr': '([^']+)'/.exec(header)?.[1];
  const shape = /'shape': \(([^)]*)\)/.exec(header)?.[1];
  if (type === undefined || shape === undefined) throw malformed('a NumPy header of another kind');
  const sides = shape.split(',').map((side) => side.trim());
  return {
    type,
    shape: sides.filter((side) => side !== '').map(Number),
    bytes: file.slice(start),
  };
}

/** NumPy's fixed-width text: four bytes a letter, zeros at the end. */
function textsOf({ type, shape, bytes }: NumpyArray): readonly string[] {
  const letters = Number(/^<U(\d+)$/.exec(type)?.[1]);
  if (!Number.isInteger(letters)) throw malformed(`names of type ${type}`);
  const points = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  return Array.from({ length: shape[0] ?? 0 }, (_, index) =>
    String.fromCodePoint(
      ...points.subarray(index * letters, (index + 1) * letters).filter((point) => point !== 0),
    ),
  );
}

function unpacked(bits: Uint8Array, first: number, count: number): Uint8Array {
  return Uint8Array.from(
    { length: count },
    (_, at) => ((bits[first + (at >> 3)] ?? 0) >> (7 - (at & 7))) & 1,
  );
}

function malformed(reason: string): ColouriseError {
  return new ColouriseError('MALFORMED', `lung masks: ${reason}`);
}
