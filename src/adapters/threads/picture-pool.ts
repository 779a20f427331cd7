import { availableParallelism } from 'node:os';
import pLimit from 'p-limit';
import { roomFor } from '../../dicom/encode-frame.js';
import { ColouriseError } from '../../domain/errors.js';
import type { RowRange } from '../../imaging/fuse-evidence.js';
import { arrivedFile, type ArrivingFile } from '../../ports/arriving-file.js';
import { arrived, type Crossing } from './crossing.js';
import type {
  DrawTask,
  Picture,
  Pictures,
  PictureSkip,
  ReadOptions,
} from '../../ports/pictures.js';
import { hasRoom, type SharedMemory } from '../shared-memory.js';
import { startDrawing } from './drawing.js';
import { startNativeThreads } from './native-threads.js';
import type { CompressTask } from './pack-worker.js';
import { startPacker } from './packer.js';
import type {
  DrawOnTask,
  EncodeTask,
  PreviewTask,
  ReadPicture,
  ReadTask,
  ShrinkTask,
} from './picture-worker.js';

export interface PictureOptions {
  /** Worker threads at most; 0 takes one a core. */
  readonly threads: number;
  /** Largest Rows × Columns. */
  readonly maxPixels: number;
  /** A file that takes longer ends its thread and is refused as `TOO_SLOW`. */
  readonly decodeTimeoutMs: number;
  /** Where pictures lie; what was read or drawn is given back there. */
  readonly memory: SharedMemory;
}

/** Pictures on worker threads. A file that stalls or bursts one of them costs that thread, not the service. */
export function createPicturePool(options: PictureOptions): Pictures {
  const { memory } = options;
  const count = options.threads > 0 ? options.threads : availableParallelism();
  const pool = startNativeThreads(new URL('./picture-worker.js', import.meta.url), {
    maxThreads: count,
    // Objects only; pixels are bounded by maxPixels. A flood of elements ends its thread, not the service.
    resourceLimits: { maxOldGenerationSizeMb: 512 },
  });

  // A task waits here and not in the pool, so that its time counts from when a thread takes it. Half of the threads are
  // enough for pictures that are not compressed, and each takes 12 MB: the others start when a task has waited long.
  const whenFree = pLimit(Math.ceil(count / 2));
  const packer = startPacker();
  const whenAlone = pLimit(1);

  /** Runs a task under the time limit, which counts from when all is there; a late one loses its thread. */
  function run<T>(...task: Parameters<typeof runNow>): Promise<T> {
    const mustWait = whenFree.activeCount >= whenFree.concurrency && whenFree.concurrency < count;
    const impatience = mustWait ? setTimeout(useAll, patienceMs).unref() : undefined;
    return whenFree(() => {
      clearTimeout(impatience);
      return runNow<T>(...task);
    });
  }

  function useAll(): void {
    whenFree.concurrency = count;
  }

  async function runNow<T>(
    name: 'read' | 'draw' | 'preview' | 'shrink' | 'encode' | 'compress',
    task: ReadTask | DrawOnTask | PreviewTask | ShrinkTask | EncodeTask | CompressTask,
    transferList: ArrayBuffer[],
    signal: AbortSignal | undefined,
    begins: Promise<unknown> = Promise.resolve(),
    threads = pool,
  ): Promise<T> {
    const limit = limited(signal, options.decodeTimeoutMs, begins);
    try {
      return arrived(
        (await threads.run(task, { name, transferList, signal: limit.signal })) as Crossing<T>,
      );
    } catch (thrown) {
      if (limit.isLate) {
        throw new ColouriseError('TOO_SLOW', `took longer than ${options.decodeTimeoutMs} ms`);
      }
      if (isOutOfMemory(thrown)) {
        throw new ColouriseError(
          'TOO_LARGE',
          'reading this file needs more memory than a thread may take',
        );
      }
      throw thrown;
    } finally {
      limit.stop();
    }
  }

  /** Bytes of the last picture's grey: radiographs come in few sizes. */
  let lastGrey = 0;

  /** Threads that wait for the rest of a file, and pictures that are drawn band by band. */
  let waiting = 0;
  let inBands = 0;

  /**
   * A thread that waits for the rest of a file is lost to other pictures: one is left to them, and where there is only
   * one it is taken while nobody else wants it.
   */
  function mayWait(): boolean {
    if (whenFree.pendingCount > 0) return false;
    return waiting + 1 < whenFree.concurrency || (whenFree.activeCount === 0 && inBands === 0);
  }

  /** Reads a file as it comes, or once it is there. */
  async function asItComes<T>(
    file: ArrivingFile,
    read: (file: ArrivingFile) => Promise<T>,
  ): Promise<T> {
    if (file.arrived === undefined || !mayWait()) {
      await file.whole;
      return read(arrivedFile(file.bytes));
    }
    waiting += 1;
    try {
      return await read(file);
    } finally {
      waiting -= 1;
    }
  }

  async function read(
    { bytes, whole, arrived: counter }: ArrivingFile,
    how: ReadOptions,
    signal: AbortSignal | undefined,
  ): Promise<Picture | PictureSkip> {
    const { own, moved } = takenOver(bytes);
    const spare = memory.take(lastGrey);
    const task: ReadTask = {
      ...how,
      part10: own,
      ...(counter ? { arrived: counter } : {}),
      maxPixels: options.maxPixels,
      spare,
    };
    // A thread that was given up may still read and write: then both are left to the collector.
    const reading = run<ReadPicture | PictureSkip>('read', task, moved, signal, whole);
    const picture = await reading.catch(async (thrown: unknown) => {
      // A file that broke off is no faulty file.
      if (!signal?.aborted) await whole;
      throw thrown;
    });
    await whole;
    memory.give(own);
    if ('skip' in picture) {
      memory.give(spare);
      return picture;
    }
    const { grey } = picture.image;
    if (!hasRoom(spare, grey.length)) memory.give(spare);
    lastGrey = grey.length;
    return {
      ...picture,
      release: () => {
        memory.give(grey);
      },
    };
  }

  return {
    read: (part10, how, signal) =>
      asItComes(part10 instanceof Uint8Array ? arrivedFile(part10) : part10, (file) =>
        read(file, how, signal),
      ),
    async preview(part10, how) {
      const { own, moved } = takenOver(part10);
      const task: PreviewTask = { ...how, part10: own, maxPixels: options.maxPixels };
      const png = await run<Uint8Array>('preview', task, moved, undefined);
      memory.give(own);
      return png;
    },
    async compress(drawn, compression, signal) {
      const { rgb, Rows, Columns } = drawn;
      const spare = memory.take(roomFor(drawn, compression));
      const task: CompressTask = { rgb, Rows, Columns, compression, spare };
      const codestream = await (compression === 'jpeg-2000'
        ? whenAlone(() => runNow<Uint8Array>('compress', task, [], signal, undefined, packer))
        : run<Uint8Array>('compress', task, [], signal));
      if (!hasRoom(spare, codestream.length)) memory.give(spare);
      return {
        compression,
        codestream,
        release: () => {
          memory.give(codestream);
        },
      };
    },
    encode: (drawn, width, signal) => run('encode', { ...drawn, width }, [], signal),
    shrink: (image, { rows, columns }, signal) =>
      run('shrink', { image, rows, columns }, [], signal),
    draw: (task, signal) =>
      startDrawing({
        bytesOfRow: 3 * task.image.Columns,
        bands: bandsOf(task),
        memory,
        draw: (rows, rgb) => run<undefined>('draw', { ...task, rows, rgb }, [], signal),
        onBands: (change) => (inBands += change),
      }),
    async warm() {
      // As many as there are threads in use, so that each gets one.
      const crossings = await Promise.all(
        Array.from({ length: whenFree.concurrency }, () => pool.run(undefined, { name: 'warm' })),
      );
      for (const each of crossings) arrived(each as Crossing<unknown>);
    },
    async close() {
      await Promise.all([pool.close(), packer.close()]);
    },
  };
}

/** Longer than any step of a picture that is not compressed. */
const patienceMs = 500;

/** What is drawn at once: large enough to be worth a message, small beside a picture. */
const bytesOfBand = 2 ** 20;

/** Evidence is drawn row by row; a banner and contour lines are laid over all of it, and chroma is drawn as a whole. */
function bandsOf({ image: { Rows, Columns }, colouring, rendering }: DrawTask): RowRange[] {
  const { banner, contours = [] } = rendering;
  const isByRow = colouring.kind === 'evidence' && !banner && contours.length === 0;
  // Bands of four rows begin at a whole word, whatever Columns is.
  const height = isByRow ? 4 * Math.ceil(bytesOfBand / (12 * Columns)) : Rows;
  return Array.from({ length: Math.ceil(Rows / height) }, (_, band) => ({
    first: band * height,
    end: Math.min(Rows, (band + 1) * height),
  }));
}

/**
 * Aborts with the caller's signal, or so long after something began; never late if that fails. By hand, for
 * `AbortSignal.any` takes as long as all else that a band costs the main thread.
 */
function limited(caller: AbortSignal | undefined, ms: number, begins: Promise<unknown>) {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let isLate = false;
  let isOver = false;
  const abort = () => {
    controller.abort();
  };
  const startClock = () => {
    if (isOver) return;
    timer = setTimeout(() => {
      isLate = true;
      abort();
    }, ms).unref();
  };
  if (caller?.aborted) abort();
  caller?.addEventListener('abort', abort);
  begins.then(startClock, () => undefined);
  return {
    signal: controller.signal,
    get isLate() {
      return isLate;
    },
    stop() {
      isOver = true;
      clearTimeout(timer);
      caller?.removeEventListener('abort', abort);
    },
  };
}

/**
 * Bytes that cross into a thread: those on shared memory as they are, others moved with their whole buffer, so that
 * nobody else's go along.
 */
function takenOver(bytes: Uint8Array): {
  readonly own: Uint8Array;
  readonly moved: ArrayBuffer[];
} {
  const { buffer, byteLength } = bytes;
  if (buffer instanceof SharedArrayBuffer) return { own: bytes, moved: [] };
  const own = buffer.byteLength === byteLength ? new Uint8Array(buffer) : new Uint8Array(bytes);
  return { own, moved: [own.buffer] };
}

function isOutOfMemory(thrown: unknown): boolean {
  return thrown instanceof Error && 'code' in thrown && thrown.code === 'ERR_WORKER_OUT_OF_MEMORY';
}
