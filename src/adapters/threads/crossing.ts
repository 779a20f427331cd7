import { asColouriseError, ColouriseError, type ErrorCode } from '../../domain/errors.js';

/** What a worker thread hands back: structured cloning would strip an error of its code. */
export type Crossing<T> =
  { readonly value: T } | { readonly code: ErrorCode; readonly message: string };

/** In the worker: turns a throw into data. */
export async function crossing<T>(work: () => T | Promise<T>): Promise<Crossing<T>> {
  try {
    return { value: await work() };
  } catch (thrown) {
    const { code, message } = asColouriseError(thrown);
    return { code, message };
  }
}

/** On the main thread: turns the data back into a value or a throw. */
export function arrived<T>(crossed: Crossing<T>): T {
  if ('value' in crossed) return crossed.value;
  throw new ColouriseError(crossed.code, crossed.message);
}
