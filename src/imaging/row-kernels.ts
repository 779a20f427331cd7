/**
 * What is done to every pixel, sixteen at a time in WebAssembly. Each call copies its bytes into the memory of its
 * thread, some hundred thousand at a time so that they stay in the cache, and the result out of it; nothing stays there.
 */
import { binary } from './row-kernels-binary.js';

interface WasmMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

/** As much of it as is used here: neither Node's types nor ES2023 have it. */
declare const WebAssembly: {
  readonly Memory: new (pages: { readonly initial: number }) => WasmMemory;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (
    module: object,
    imports: { readonly env: { readonly memory: WasmMemory } },
  ) => { readonly exports: object };
};

/** Intervals of columns, of which those at the edges count by their share. */
export interface Boxes {
  readonly count: number;
  /** Of each `first`, `last`: int32, and `firstShare`, `lastShare`: float64, little-endian. */
  readonly packed: Uint8Array;
}

export interface Box {
  readonly first: number;
  readonly last: number;
  readonly firstShare: number;
  readonly lastShare: number;
}

interface Kernels {
  readonly lookUp16: (
    codes: number,
    count: number,
    table: number,
    mask: number,
    grey: number,
  ) => void;
  readonly lookUp8: Kernels['lookUp16'];
  readonly meanOfBoxes: (
    rows: number,
    height: number,
    columns: number,
    firstShare: number,
    lastShare: number,
    boxes: number,
    count: number,
    area: number,
    columnSums: number,
    sums: number,
    means: number,
  ) => void;
  readonly spread: (grey: number, count: number, rgb: number) => void;
}

/** Pixels at a time. */
const pixelsAtOnce = 1 << 16;
const bytesOfBox = 24;
const bytesOfPage = 1 << 16;

let loaded: { readonly memory: WasmMemory; readonly kernels: Kernels } | undefined;

/** Compiled when first needed, in the thread that needs it. */
function load() {
  if (loaded !== undefined) return loaded;
  const bytes = Uint8Array.from(atob(binary), (letter) => letter.charCodeAt(0));
  const memory = new WebAssembly.Memory({ initial: 8 });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } });
  loaded = { memory, kernels: exports as Kernels };
  return loaded;
}

/** The kernels, their memory, and where in it blocks of so many bytes lie for the duration of a call. */
function roomFor(...sizes: readonly number[]) {
  const { memory, kernels } = load();
  let end = 0;
  const places = sizes.map((size) => {
    const place = end;
    // Kernels read and write up to sixteen bytes at a time.
    end += ((size + 15) & ~15) + 16;
    return place;
  });
  const missing = end - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / bytesOfPage));
  return { kernels, places, bytes: new Uint8Array(memory.buffer) };
}

/**
 * The grey of each code.
 * @param codes only their lowest bits are looked at, as many as the table has
 * @param table as many greys as a power of two says
 * @param grey receives one for each code
 */
export function lookUp(
  codes: Uint8Array | Uint16Array | Int16Array,
  table: Uint8Array,
  grey: Uint8Array,
): void {
  const width = codes.BYTES_PER_ELEMENT;
  const { kernels, places, bytes } = roomFor(
    table.length,
    width * pixelsAtOnce + wordBytes,
    pixelsAtOnce,
  );
  const [tableAt = 0, codesAt = 0, greyAt = 0] = places;
  const kernel = width === 1 ? kernels.lookUp8 : kernels.lookUp16;
  bytes.set(table, tableAt);
  for (let first = 0; first < codes.length; first += pixelsAtOnce) {
    const count = Math.min(pixelsAtOnce, codes.length - first);
    const from = codes.byteOffset + width * first;
    // Shared memory is copied in words where both sides begin at the same byte of one, and in bytes elsewhere.
    const at = codesAt + (from % wordBytes);
    bytes.set(new Uint8Array(codes.buffer, from, width * count), at);
    kernel(at, count, tableAt, table.length - 1, greyAt);
    grey.set(bytes.subarray(greyAt, greyAt + count), first);
  }
}

const wordBytes = 8;

/** Boxes as `meanOfBoxes` takes them. */
export function packBoxes(boxes: readonly Box[]): Boxes {
  const view = new DataView(new ArrayBuffer(bytesOfBox * boxes.length));
  boxes.forEach(({ first, last, firstShare, lastShare }, index) => {
    const at = bytesOfBox * index;
    view.setInt32(at, first, true);
    view.setInt32(at + 4, last, true);
    view.setFloat64(at + 8, firstShare, true);
    view.setFloat64(at + 16, lastShare, true);
  });
  return { count: boxes.length, packed: new Uint8Array(view.buffer) };
}

/**
 * Means over one row of boxes.
 * @param rows all that the boxes touch, one behind the other; the first and the last one count by the shares of `down`
 * @param across boxes of columns
 * @param area of a box
 * @param means receives one for each box
 */
export function meanOfBoxes(
  rows: Uint8Array,
  columns: number,
  down: Box,
  across: Boxes,
  area: number,
  means: Float32Array,
): void {
  const { kernels, places, bytes } = roomFor(
    rows.length,
    across.packed.length,
    2 * columns,
    8 * across.count,
    4 * across.count,
  );
  const [rowsAt = 0, boxesAt = 0, columnsAt = 0, sumsAt = 0, meansAt = 0] = places;
  bytes.set(rows, rowsAt);
  bytes.set(across.packed, boxesAt);
  kernels.meanOfBoxes(
    ...([rowsAt, rows.length / columns, columns, down.firstShare, down.lastShare] as const),
    ...([boxesAt, across.count, area, columnsAt, sumsAt, meansAt] as const),
  );
  means.set(new Float32Array(bytes.buffer, meansAt, across.count));
}

/** Each grey as R, G and B. @param rgb receives three bytes for each */
export function spreadGrey(grey: Uint8Array, rgb: Uint8Array): void {
  const { kernels, places, bytes } = roomFor(pixelsAtOnce, 3 * pixelsAtOnce);
  const [greyAt = 0, rgbAt = 0] = places;
  for (let first = 0; first < grey.length; first += pixelsAtOnce) {
    const some = grey.subarray(first, first + pixelsAtOnce);
    bytes.set(some, greyAt);
    kernels.spread(greyAt, some.length, rgbAt);
    rgb.set(bytes.subarray(rgbAt, rgbAt + 3 * some.length), 3 * first);
  }
}
