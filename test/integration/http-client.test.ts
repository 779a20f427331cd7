import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { HttpClient } from '../../src/adapters/orthanc/http-client.js';
import { SharedMemory } from '../../src/adapters/shared-memory.js';

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

describe('a large answer that is read straight to its place', () => {
  let server: Server;
  let url: string;
  const limits = { connectTimeoutMs: 10_000, idleTimeoutMs: 10_000, totalTimeoutMs: 60_000 };
  const client = new HttpClient({ ...limits, maxBytes: 2 ** 26, headers: {} });
  const bodies = new Map<string, Buffer>();

  /**
   * `/length/…` says how long it is, `/pieces/…` does not; both send what the path names, in pieces of many sizes.
   * `/part/…` says so too, and hangs up after half of it.
   */
  before(async () => {
    server = createServer((request, response) => {
      const [, manner = '', name = ''] = (request.url ?? '').split('/');
      const body = bodies.get(name) ?? Buffer.alloc(0);
      if (manner !== 'pieces') response.setHeader('Content-Length', body.length);
      if (manner === 'part') {
        response.write(body.subarray(0, body.length / 2), () => request.socket.destroy());
        return;
      }
      // Head and first bytes in one packet.
      response.cork();
      let at = 0;
      for (let size = 1; at < body.length; size = Math.min(3 * size + 1, 400_000)) {
        response.write(body.subarray(at, at + size));
        at += size;
        if (size > 1000) response.uncork();
      }
      response.end();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  after(() => {
    client.close();
    server.close();
  });

  const fetchBody = async (manner: 'length' | 'pieces', bytes: number, memory: SharedMemory) => {
    const name = randomBytes(8).toString('hex');
    const sent = randomBytes(bytes);
    bodies.set(name, sent);
    const what = `answer of ${bytes} bytes`;
    const { body } = await client.exchange({
      method: 'GET',
      url: `${url}/${manner}/${name}`,
      what,
      memory,
    });
    assert.equal(body.length, bytes);
    assert.equal(sha256(body), sha256(sent), what);
  };

  for (const manner of ['length', 'pieces'] as const) {
    it(`arrives as it was sent, whatever its size (${manner})`, async () => {
      const memory = new SharedMemory(4);
      for (const bytes of [1, 70_000, 262_144, 1_048_577, 15_000_001]) {
        await fetchBody(manner, bytes, memory);
      }
    });
  }

  it('that breaks off is no answer, and whoever waits for the rest of it hears so', async () => {
    bodies.set('half', randomBytes(4_000_000));
    let arrived: Int32Array | undefined;
    await assert.rejects(
      client.exchange({
        method: 'GET',
        url: `${url}/part/half`,
        what: 'half an answer',
        memory: new SharedMemory(1),
        onArrival: (arriving) => (arrived = arriving.arrived),
      }),
      { code: 'PACS_UNAVAILABLE' },
    );
    assert.equal(arrived?.[0], -1);
  });

  it('arrives as it was sent beside others', async () => {
    const memory = new SharedMemory(4);
    const manners = ['length', 'pieces', 'length', 'pieces'] as const;
    await Promise.all(manners.map((manner, at) => fetchBody(manner, 5_000_000 + at, memory)));
  });
});
