import type { LimitFunction } from 'p-limit';

/** Waits for a turn, which ends when the work says so, or with it. */
export function inTurn<T>(turns: LimitFunction, work: (end: () => void) => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    void turns(
      () =>
        new Promise<void>((end) => {
          work(end).then(resolve, reject).finally(end);
        }),
    );
  });
}
