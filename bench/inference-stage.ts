/** The stage between a thumbnail and its colouring: batches, threads, sessions. */
import { goldenThumbnail } from '../src/models/golden.js';
import type { InstalledModel } from '../src/models/registry.js';
import type { Networks } from '../src/ports/networks.js';

export interface Variant {
  readonly sessions: number;
  readonly threads: number;
  readonly batch: number;
}

export interface Round {
  readonly picturesPerSecond: number;
  /** Of the whole process, for one picture. */
  readonly cpuMs: number;
  /** That the main thread was busy, for one picture: it is the one that there is only one of. */
  readonly mainThreadMs: number;
  /** One picture that comes alone, ms. */
  readonly aloneMs: number;
}

/** A burst, and then one picture alone. */
export async function measureStage(
  networks: Networks,
  model: InstalledModel,
  variant: Variant,
  pictures: number,
): Promise<Round> {
  const thumbnail = thumbnailOf(model);
  const [cpuBefore, loopBefore] = [process.cpuUsage(), performance.eventLoopUtilization()];
  const start = performance.now();
  const count = await burst(networks, model, thumbnail, variant, pictures);
  const wallMs = performance.now() - start;
  const { user, system } = process.cpuUsage(cpuBefore);
  const { active } = performance.eventLoopUtilization(loopBefore);
  const before = performance.now();
  await networks.infer(model, thumbnail);
  return {
    picturesPerSecond: (count * 1000) / wallMs,
    cpuMs: (user + system) / 1000 / count,
    mainThreadMs: active / count,
    aloneMs: performance.now() - before,
  };
}

/** On shared memory, as from the threads that read films. */
function thumbnailOf({ manifest: { input } }: InstalledModel): Float32Array {
  const golden = goldenThumbnail(input.rows, input.columns);
  const thumbnail = new Float32Array(new SharedArrayBuffer(golden.byteLength));
  thumbnail.set(golden);
  return thumbnail;
}

/** Twice as many in hand as are computed at once, so that every batch can be full. */
async function burst(
  networks: Networks,
  model: InstalledModel,
  thumbnail: Float32Array,
  { sessions, batch }: Variant,
  pictures: number,
): Promise<number> {
  const inHand = 2 * sessions * batch;
  // A multiple of the batch, so that the last one is full as well.
  const count = Math.ceil(pictures / batch) * batch;
  let left = count;
  const worker = async () => {
    while (left-- > 0) await networks.infer(model, thumbnail);
  };
  await Promise.all(Array.from({ length: inHand }, worker));
  return count;
}
