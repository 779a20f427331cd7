import assert from 'node:assert/strict';
import { FakeService, serveFake } from '../support/fake-service.js';
import { until } from '../support/process.js';

describe('server-sent events', () => {
  let service: FakeService;
  let server: Awaited<ReturnType<typeof serveFake>>;
  let ends: AbortController[];

  beforeEach(async () => {
    service = new FakeService();
    server = await serveFake(service);
    ends = [];
  });
  afterEach(async () => {
    for (const end of ends) end.abort();
    await server.close();
  });

  async function listenTo() {
    const end = new AbortController();
    ends.push(end);
    const answer = await fetch(`${server.url}/api/events`, { signal: end.signal });
    const heard = { text: '', answer, end };
    void (async () => {
      const decoder = new TextDecoder();
      for await (const part of answer.body ?? []) heard.text += decoder.decode(part as Uint8Array);
    })().catch(() => undefined);
    return heard;
  }
  const changes = (text: string) => text.split('event: change').length - 1;

  it('tells of a change', async () => {
    const heard = await listenTo();
    assert.match(heard.answer.headers.get('content-type') ?? '', /^text\/event-stream/);
    await until('a subscription', () => service.listeners.size === 1);
    service.change();
    await until('the change', () => changes(heard.text) === 1);
  });

  it('tells once of a hundred changes in a burst', async () => {
    const heard = await listenTo();
    await until('a subscription', () => service.listeners.size === 1);
    for (let each = 0; each < 100; each++) service.change();
    await until('the change', () => changes(heard.text) > 0);
    await new Promise((resolve) => setTimeout(resolve, 700));
    assert.equal(changes(heard.text), 1);
  });

  it('subscribes only while somebody listens', async () => {
    assert.equal(service.listeners.size, 0);
    const [one, other] = [await listenTo(), await listenTo()];
    await until('a subscription', () => service.listeners.size === 1);
    one.end.abort();
    other.end.abort();
    await until('no subscription', () => service.listeners.size === 0);
  });

  it('refuses the thirty-third listener, who polls instead', async () => {
    await Promise.all(Array.from({ length: 32 }, listenTo));
    const refused = await fetch(`${server.url}/api/events`);
    assert.equal(refused.status, 503);
    assert.equal(((await refused.json()) as { code: string }).code, 'TOO_MANY_LISTENERS');
  });

  it('lets the server close while streams are open', async () => {
    await listenTo();
    await server.close();
    await until('no subscription', () => service.listeners.size === 0);
    server = await serveFake(service);
  });
});
