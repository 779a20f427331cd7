import type { ClientRequest, IncomingMessage } from 'node:http';
import type { OnReadOpts, Socket } from 'node:net';

/** What one read from the socket brings at most: four times what Node takes by itself. */
const readBytes = 256 * 1024;

/** Takes the body of an answer whose length is known. */
export interface BodyPlace {
  /** Where its next bytes belong; empty once all are there. */
  readonly rest: () => Uint8Array;
  /** So many bytes were put there. */
  readonly filled: (bytes: number) => void;
}

/** Of one request: how its connection is read. */
export interface DirectReading {
  readonly options: { readonly onread: OnReadOpts };
  readonly follow: (request: ClientRequest) => void;
  /** From now on the body is read into its place, past the parser, which never hears of its end. */
  readonly into: (place: BodyPlace) => void;
}

/**
 * Lets the head of an answer reach Node's parser through one buffer, and its body be read straight into its place. Node
 * takes a new buffer of 64 KB for each read, and its parser copies each: twice 15 MB an image, which lie scattered over
 * the heap of the C library until V8, which counts them, marks its own.
 */
export function readingDirectly(): DirectReading {
  let socket: Socket | undefined;
  let response: IncomingMessage | undefined;
  let place: BodyPlace | undefined;
  let isDirect = false;
  const own = Buffer.allocUnsafeSlow(readBytes);
  const onread: OnReadOpts = {
    buffer() {
      // What came with the head is still with the parser's reader: it keeps its buffer, and its turn.
      const waits = response !== undefined && response.readableLength > 0;
      const rest = waits ? undefined : place?.rest().subarray(0, readBytes);
      isDirect = rest !== undefined && rest.length > 0;
      if (isDirect && rest) return rest;
      return waits ? Buffer.allocUnsafeSlow(readBytes) : own;
    },
    callback(bytes, { buffer, byteOffset }) {
      if (isDirect) place?.filled(bytes);
      // What Node's own reading does with a buffer of its own.
      else socket?.emit('data', Buffer.from(buffer, byteOffset, bytes));
      return true;
    },
  };
  return {
    options: { onread },
    follow(request) {
      request.once('socket', (opened) => (socket = opened));
      request.once('response', (answer) => (response = answer));
    },
    into(wanted) {
      place = wanted;
    },
  };
}
