/** Something changed; who listens looks again. Carries no data, so nothing can be missed or queued up. */
export interface ChangeSignal {
  subscribe(listener: () => void): () => void;
  fire(): void;
}

export function createChangeSignal(): ChangeSignal {
  const listeners = new Set<() => void>();
  return {
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    fire() {
      for (const listener of listeners) listener();
    },
  };
}
