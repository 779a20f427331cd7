/** HTTP as thin as `node:http` allows: what the floor is made of, and what watches the others. */
import { request } from 'node:http';

export interface Exchange {
  readonly method?: 'GET' | 'POST' | 'DELETE';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: readonly Uint8Array[];
}

/** @throws for every status but 200 and 202 */
export function exchange({ method = 'GET', url, headers = {}, body }: Exchange): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const length = body?.reduce((sum, piece) => sum + piece.byteLength, 0);
    const outgoing = request(
      url,
      {
        method,
        agent: false,
        headers: {
          'Accept-Encoding': 'identity',
          ...headers,
          ...(length === undefined ? {} : { 'Content-Length': length }),
        },
      },
      (incoming) => {
        const pieces: Buffer[] = [];
        incoming.on('data', (piece: Buffer) => pieces.push(piece));
        incoming.once('error', reject);
        incoming.once('end', () => {
          if (incoming.statusCode === 200 || incoming.statusCode === 202)
            resolve(Buffer.concat(pieces));
          else reject(new Error(`${method} ${url}: status ${incoming.statusCode ?? 0}`));
        });
      },
    );
    outgoing.once('error', reject);
    for (const piece of body ?? []) outgoing.write(piece);
    outgoing.end();
  });
}

export async function json<T>(url: string): Promise<T> {
  return JSON.parse((await exchange({ url })).toString()) as T;
}

const boundary = 'boundary-of-the-benchmark';

/** @throws unless the answer names an instance */
export async function stow(orthancUrl: string, part10: Uint8Array): Promise<void> {
  const answer = await exchange({
    method: 'POST',
    url: `${orthancUrl}/dicom-web/studies`,
    headers: {
      'Content-Type': `multipart/related; type="application/dicom"; boundary=${boundary}`,
      Accept: 'application/dicom+json',
    },
    body: [
      Buffer.from(`--${boundary}\r\nContent-Type: application/dicom\r\n\r\n`),
      part10,
      Buffer.from(`\r\n--${boundary}--\r\n`),
    ],
  });
  if (!answer.includes('00081199')) throw new Error(`not stored: ${answer.toString()}`);
}
