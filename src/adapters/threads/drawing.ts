import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { asColouriseError } from '../../domain/errors.js';
import type { Drawing } from '../../ports/pictures.js';

/**
 * Follows a thread that draws on `rgb` from its first byte to its last.
 * @param start starts it; the thread posts to the port how many bytes are drawn
 * @param release takes the memory back once all is drawn
 */
export function followDrawing(
  rgb: Uint8Array<SharedArrayBuffer>,
  start: (progress: MessagePort) => Promise<unknown>,
  release: (rgb: Uint8Array<SharedArrayBuffer>) => void,
): Drawing {
  const { port1: heard, port2: progress } = new MessageChannel();
  let drawn = 0;
  let fault: Error | undefined;
  const waiting: (() => void)[] = [];
  const tell = () => {
    for (const wake of waiting.splice(0)) wake();
  };
  heard.on('message', (bytes: number) => {
    drawn = Math.max(drawn, bytes);
    tell();
  });
  start(progress)
    .then(
      () => (drawn = rgb.length),
      (thrown: unknown) => (fault = asColouriseError(thrown)),
    )
    .finally(() => {
      heard.close();
      progress.close();
      tell();
    });

  /** Resolves once more than `bytes` are drawn, to how many. */
  const beyond = async (bytes: number): Promise<number> => {
    while (drawn <= bytes) {
      if (fault) throw fault;
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
    return drawn;
  };

  return {
    rgb,
    async *parts() {
      for (let given = 0; given < rgb.length;) {
        const end = await beyond(given);
        yield rgb.subarray(given, end);
        given = end;
      }
    },
    async whole() {
      await beyond(rgb.length - 1);
      return rgb;
    },
    release() {
      if (drawn === rgb.length) release(rgb);
    },
  };
}
