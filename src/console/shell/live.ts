import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { asApiError, type ApiError } from './api.js';
import { oneAtATime } from './one-at-a-time.js';

const pollMs = 5000;
/** However live the stream is: what it may have lost is found after this time. */
const safetyMs = 30_000;
const reopenMs = 15_000;
/** Answers that the server shares may be a second old: after the last change it is asked once more. */
const settleMs = 1200;

/** One stream of events for the whole console, open while somebody listens. */
class Changes {
  readonly #onChange = new Set<() => void>();
  readonly #onConnection = new Set<(live: boolean) => void>();
  #stream: EventSource | undefined;
  #poll: number | undefined;
  #settled: number | undefined;
  #last = Date.now();
  live = false;

  /** Calls back on every change: told by the server, or every few seconds while it cannot tell. */
  follow(listener: () => void): () => void {
    this.#onChange.add(listener);
    if (this.#poll === undefined) this.#start();
    return () => {
      this.#onChange.delete(listener);
      if (this.#onChange.size === 0) this.#stop();
    };
  }

  followConnection(listener: (live: boolean) => void): () => void {
    this.#onConnection.add(listener);
    listener(this.live);
    return () => void this.#onConnection.delete(listener);
  }

  #start(): void {
    this.#open();
    this.#poll = window.setInterval(() => {
      if (!this.live || Date.now() - this.#last >= safetyMs) this.#announce();
    }, pollMs);
  }

  #stop(): void {
    window.clearInterval(this.#poll);
    window.clearTimeout(this.#settled);
    this.#poll = undefined;
    this.#stream?.close();
    this.#connected(false);
  }

  #open(): void {
    const stream = new EventSource('/api/events');
    this.#stream = stream;
    stream.addEventListener('open', () => {
      this.#connected(true);
      this.#announce();
    });
    stream.addEventListener('change', () => {
      this.#announce();
      window.clearTimeout(this.#settled);
      this.#settled = window.setTimeout(() => {
        this.#announce();
      }, settleMs);
    });
    stream.addEventListener('error', () => {
      if (this.live) this.#announce();
      this.#connected(false);
      if (stream.readyState !== EventSource.CLOSED) return;
      setTimeout(() => {
        if (this.#poll !== undefined && this.#stream === stream) this.#open();
      }, reopenMs);
    });
  }

  #announce(): void {
    this.#last = Date.now();
    for (const listener of this.#onChange) listener();
  }

  #connected(live: boolean): void {
    if (live === this.live) return;
    this.live = live;
    for (const listener of this.#onConnection) listener(live);
  }
}

const changes = new Changes();

/** Whether the server tells of changes itself. */
export function useConnection(): boolean {
  const [live, setLive] = useState(changes.live);
  useEffect(() => changes.followConnection(setLive), []);
  return live;
}

export interface Live<T> {
  /** The latest answer; it stays while later ones fail. */
  readonly data: T | undefined;
  /** Why the latest question had no answer; undefined once one has. */
  readonly error: ApiError | undefined;
  /** Asks now; done when an answer has come that was asked for since. */
  readonly reload: () => Promise<void>;
}

/**
 * An answer that is asked for anew after every change in the service. Changes that come while an answer is
 * under way cause one more question, not one each; a hidden tab asks nothing. With other `inputs` what was
 * known is forgotten.
 */
export function useLive<T>(ask: () => Promise<T>, inputs: readonly unknown[]): Live<T> {
  const [known, setKnown] = useState<{ readonly data?: T; readonly error?: ApiError }>({});
  /** Counts changes of the inputs: an answer to earlier ones is dropped, for they are asked for anew. */
  const generation = useRef(0);
  const latest = useRef(ask);
  latest.current = ask;

  const askNow = useMemo(
    () =>
      oneAtATime(async () => {
        const asked = generation.current;
        const answer = await latest.current().then(
          (data) => ({ data }),
          (thrown: unknown) => ({ error: asApiError(thrown) }),
        );
        if (asked !== generation.current) return;
        setKnown((before) => ({ ...withoutError(before), ...answer }));
      }),
    [],
  );
  const reload = useCallback(async () => {
    if (!document.hidden) await askNow();
  }, []);

  useEffect(() => {
    generation.current += 1;
    setKnown({});
    const refresh = () => void reload();
    refresh();
    const unfollow = changes.follow(refresh);
    document.addEventListener('visibilitychange', refresh);
    return () => {
      unfollow();
      document.removeEventListener('visibilitychange', refresh);
    };
    // The caller says what the answer depends on.
  }, inputs);

  return { data: known.data, error: known.error, reload };
}

function withoutError<T>({ data }: { readonly data?: T }): { readonly data?: T } {
  return data === undefined ? {} : { data };
}
