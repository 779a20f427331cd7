/** A line to Orthanc on which so much passes a second, and no more. */
import { connect, createServer, type AddressInfo } from 'node:net';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';

export interface NarrowLine {
  readonly url: string;
  /** Bytes a second towards Orthanc, over all connections; answers are not held up. */
  bytesPerSecond: number;
  close(): Promise<void>;
}

/** @param url of what stands at the other end */
export async function narrowLine(url: string): Promise<NarrowLine> {
  const { hostname, port } = new URL(url);
  let freeAt = 0;
  const line = { bytesPerSecond: Infinity };
  const paced = () =>
    new Transform({
      transform(piece: Buffer, _, done) {
        const now = performance.now();
        freeAt = Math.max(freeAt, now) + (1000 * piece.length) / line.bytesPerSecond;
        if (freeAt <= now) done(null, piece);
        else setTimeout(done, freeAt - now, null, piece);
      },
    });
  const server = createServer((near) => {
    const far = connect(Number(port), hostname);
    // Who hangs up in the middle is no concern of the line.
    pipeline(near, paced(), far).catch(() => undefined);
    pipeline(far, near).catch(() => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(line, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise<void>((resolve) =>
        server.close(() => {
          resolve();
        }),
      ),
  });
}
