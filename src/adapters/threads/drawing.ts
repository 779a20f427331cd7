import type { RowRange } from '../../imaging/fuse-evidence.js';
import type { Drawing } from '../../ports/pictures.js';
import type { SharedMemory } from '../shared-memory.js';

/** What a thread draws, and in which bands it may; in one where something is laid over all of it. */
export interface Canvas {
  readonly bytesOfRow: number;
  readonly bands: readonly RowRange[];
  readonly memory: SharedMemory;
  /** Lets a thread draw these rows. */
  readonly draw: (rows: RowRange, rgb: Uint8Array) => Promise<unknown>;
  /** Hears of each time that it is drawn band by band: 1 at its begin, -1 at its end. */
  readonly onBands: (change: 1 | -1) => void;
}

/** Two bands that take turns: one is read while the other is drawn. */
interface Turns {
  readonly blocks: readonly [Uint8Array, Uint8Array];
  /** The first band. */
  readonly first: Promise<Uint8Array>;
}

/**
 * A picture of which no more lies in memory than is drawn and sent at the moment, unless somebody asks for the whole.
 * What a thread that was given up may still write on is left to the collector.
 */
export function startDrawing({ bytesOfRow, bands, memory, draw, onBands }: Canvas): Drawing {
  const bytesOf = ({ first, end }: RowRange) => (end - first) * bytesOfRow;
  const all: RowRange = { first: 0, end: bands.at(-1)?.end ?? 0 };
  const largest = Math.max(...bands.map(bytesOf));
  let entire: Promise<Uint8Array> | undefined;
  let begun: Turns | undefined;

  const drawOn = async (rows: RowRange | undefined, block: Uint8Array): Promise<Uint8Array> => {
    if (rows === undefined) return block.subarray(0, 0);
    const rgb = block.subarray(0, bytesOf(rows));
    await draw(rows, rgb);
    return rgb;
  };
  const heard = <T>(promise: Promise<T>): Promise<T> => {
    // Whoever reads hears of a fault; until then nobody waits for it.
    promise.catch(() => undefined);
    return promise;
  };
  const whole = () => (entire ??= heard(drawOn(all, memory.take(bytesOf(all)))));
  const begin = (): Turns => {
    const blocks = [memory.take(largest), memory.take(largest)] as const;
    return { blocks, first: heard(drawOn(bands[0], blocks[0])) };
  };
  const giveBack = ({ blocks }: Turns, drawn: Promise<unknown>) =>
    drawn.then(
      () => {
        for (const block of blocks) memory.give(block);
      },
      () => undefined,
    );

  async function* inBands(): AsyncGenerator<Uint8Array> {
    const turns = begun ?? begin();
    begun = undefined;
    let coming = turns.first;
    onBands(1);
    try {
      for (let next = 1; next <= bands.length; next++) {
        const part = await coming;
        coming = heard(drawOn(bands[next], turns.blocks[next % 2 === 0 ? 0 : 1]));
        yield part;
      }
    } finally {
      await giveBack(turns, coming);
      onBands(-1);
    }
  }

  return {
    byteLength: bytesOf(all),
    async begin() {
      if (bands.length === 1) await whole();
      else await (begun ??= begin()).first;
    },
    async *parts() {
      if (entire !== undefined || bands.length === 1) yield await whole();
      else yield* inBands();
    },
    whole,
    release() {
      if (begun !== undefined) void giveBack(begun, begun.first);
      begun = undefined;
      entire?.then(
        (rgb) => {
          memory.give(rgb);
        },
        () => undefined,
      );
    },
  };
}
