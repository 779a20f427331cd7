import type { Provider } from './hardware.js';

/** What was asked for; all but the provider may be left to us. */
export interface WantedCapacity {
  readonly provider: Provider;
  /** Worker threads for the networks. */
  readonly sessions?: number | undefined;
  /** Pictures in one run of a network. */
  readonly batch?: number | undefined;
  /** Images in work at once. */
  readonly concurrency?: number | undefined;
}

export interface Capacity {
  /** Worker threads for the networks, each with one session a model. */
  readonly sessions: number;
  /** Pictures that one session takes at once. */
  readonly batch: number;
  /** Worker threads that read and draw. */
  readonly pictureThreads: number;
  /** Images with their pixels in memory: what the networks take at once, and what is read and drawn meanwhile. */
  readonly jobs: number;
  /** Images in hand: those, and where nothing else is asked for half as many again whose colour the archive is taking. */
  readonly deliveries: number;
}

/** Each session on a processor holds weights of its own: up to 100 MB a model with what is made of them. */
const mostSessionsByDefault = 8;
/**
 * The network is at most a third of what an image costs this process, so half as many sessions as cores never keep the
 * rest waiting.
 */
const coresPerSession = 2;
/** One process cannot fetch and store for more of them. */
const mostPictureThreadsByDefault = 16;

/** A GPU computes four pictures in less than twice the time of one; a processor gains nothing. */
export function batchOf({ provider, batch }: Pick<WantedCapacity, 'provider' | 'batch'>): number {
  return batch ?? (provider === 'cpu' ? 1 : 4);
}

/**
 * How much is done at once. Batches fill only if enough images are in hand; each of those holds its pixels, so
 * `jobs` is the bound on memory, and of them no more than `pictureThreads` are decoded or drawn at a time.
 * @param cores that this process may use
 */
export function capacityOf(wanted: WantedCapacity, cores: number): Capacity {
  const { provider, concurrency } = wanted;
  const batch = batchOf(wanted);
  const most = concurrency ?? Infinity;
  const inHand = (jobs: number) => ({ jobs, deliveries: concurrency ?? Math.ceil(1.5 * jobs) });
  if (provider === 'cpu') {
    const enough = Math.ceil(cores / coresPerSession);
    const sessions = wanted.sessions ?? Math.min(concurrency ?? mostSessionsByDefault, enough);
    const jobs = concurrency ?? sessions * batch + 1;
    return { sessions, batch, ...inHand(jobs), pictureThreads: Math.min(jobs, cores) };
  }
  // Two sessions saturate a GPU: one computes while the other copies. Two of WebGPU abort the process.
  const sessions =
    provider === 'webgpu' ? 1 : (wanted.sessions ?? Math.min(2, Math.ceil(most / batch)));
  const pictureThreads = Math.min(most, cores, mostPictureThreadsByDefault);
  return {
    sessions,
    batch,
    pictureThreads,
    ...inHand(concurrency ?? sessions * batch + pictureThreads),
  };
}
