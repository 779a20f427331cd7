import type { ClientRequest, IncomingMessage } from 'node:http';
import type { OnReadOpts, Socket } from 'node:net';

/** What one read from the socket brings at most: four times what Node takes by itself. */
const readBytes = 256 * 1024;

/**
 * Lets all that a connection brings pass through one buffer, instead of a new one of 64 KB for each read: V8 counts
 * those, and marks its whole heap after every few images. For answers whose reader copies each piece at once; where
 * pieces still wait for their reader, the next read goes to another buffer.
 * @returns options for the request, and what must be told of it
 */
export function readingOnOneBuffer(): {
  readonly options: { readonly onread: OnReadOpts };
  readonly follow: (request: ClientRequest) => void;
} {
  let socket: Socket | undefined;
  let response: IncomingMessage | undefined;
  const own = Buffer.allocUnsafeSlow(readBytes);
  const onread: OnReadOpts = {
    buffer: () =>
      response !== undefined && response.readableLength > 0
        ? Buffer.allocUnsafeSlow(readBytes)
        : own,
    callback(bytes, { buffer, byteOffset }) {
      // What Node's own reading does with a buffer of its own.
      socket?.emit('data', Buffer.from(buffer, byteOffset, bytes));
      return true;
    },
  };
  return {
    options: { onread },
    follow(request) {
      request.once('socket', (opened) => (socket = opened));
      request.once('response', (answer) => (response = answer));
    },
  };
}
