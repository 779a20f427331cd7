import assert from 'node:assert/strict';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { SMTPServer } from 'smtp-server';
import { Webhook } from 'standardwebhooks';
import { mailChannel } from '../../src/adapters/notify/mail.js';
import { webhookChannel } from '../../src/adapters/notify/webhook.js';
import type { Notice } from '../../src/ports/notices.js';
import { freePorts } from '../support/process.js';

const notice: Notice = {
  id: 'a-1',
  at: new Date('2026-01-31T08:00:00Z'),
  subject: '[colouriser] images failed (2) – “quoted”',
  text: 'New: images failed (2)\n  since 2026-01-31',
  events: [
    {
      condition: 'dead-letters',
      subject: '',
      count: 2,
      state: 'raised',
      more: 2,
      since: new Date('2026-01-31T07:00:00Z'),
    },
  ],
};

describe('a webhook', () => {
  interface Got {
    readonly headers: IncomingHttpHeaders;
    readonly body: string;
  }
  let status: number | 'never';
  let got: Got[];
  let url: string;
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (data: Buffer) => (body += data.toString()));
    request.on('end', () => {
      got.push({ headers: request.headers, body });
      if (status !== 'never')
        response.writeHead(status, { location: 'http://127.0.0.1:1/' }).end('thanks');
    });
  });

  before(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as { port: number }).port}/hook?token=hunter2`;
  });
  beforeEach(() => {
    status = 204;
    got = [];
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  const channel = (secret?: string, timeoutMs = 5_000) =>
    webhookChannel({ url, secret, timeoutMs });
  const headersOf = ({ headers }: Got) => headers as Record<string, string>;

  it('gets a message as JSON', async () => {
    await channel().send(notice);
    const [{ body, headers } = { body: '', headers: {} }] = got;
    assert.equal(headers['content-type'], 'application/json');
    assert.equal(headers['webhook-signature'], undefined);
    assert.deepEqual(JSON.parse(body), {
      type: 'colouriser.notice',
      id: 'a-1',
      timestamp: '2026-01-31T08:00:00.000Z',
      data: {
        subject: notice.subject,
        text: notice.text,
        events: [
          {
            condition: 'dead-letters',
            subject: '',
            count: 2,
            state: 'raised',
            more: 2,
            since: '2026-01-31T07:00:00.000Z',
            title: 'images failed',
          },
        ],
      },
    });
  });

  it('can tell by the signature that it is ours and was not changed, as another implementation does', async () => {
    const text = 'a secret of some length';
    const base64 = `whsec_${Buffer.from(text).toString('base64')}`;
    for (const secret of [text, base64]) await channel(secret).send(notice);
    for (const each of got) {
      for (const judge of [new Webhook(text, { format: 'raw' }), new Webhook(base64)]) {
        assert.deepEqual(judge.verify(each.body, headersOf(each)), JSON.parse(each.body));
        assert.throws(() => judge.verify(each.body.replace('2', '3'), headersOf(each)));
      }
    }
  });

  it('that does not take it, sends us elsewhere or hangs is named, without its secret address', async () => {
    for (const answer of [500, 404, 302, 'never'] as const) {
      status = answer;
      await assert.rejects(
        channel(undefined, 300).send(notice),
        (error: Error & { code: string }) => {
          assert.equal(error.code, 'NOTIFY_FAILED');
          assert.doesNotMatch(error.message, /hunter2/);
          return true;
        },
      );
    }
    const [free] = await freePorts(1);
    const nobody = webhookChannel({ url: `http://127.0.0.1:${free}/`, timeoutMs: 1000 });
    await assert.rejects(nobody.send(notice), { code: 'NOTIFY_FAILED', message: /ECONNREFUSED/ });
  });
});

describe('a mail', () => {
  interface Letter {
    readonly from: string;
    readonly to: readonly string[];
    readonly raw: string;
  }
  let letters: Letter[];
  let isDeaf = false;
  const server = new SMTPServer({
    authOptional: true,
    hideSTARTTLS: true,
    allowInsecureAuth: true,
    onConnect(_session, done) {
      if (!isDeaf) done();
    },
    onAuth({ username, password }, _session, done) {
      if (username === 'us' && password === 'p@ss') done(null, { user: 'us' });
      else done(new Error('wrong password'));
    },
    onData(stream, { envelope }, done) {
      let raw = '';
      stream.on('data', (data: Buffer) => (raw += data.toString()));
      stream.on('end', () => {
        const from = envelope.mailFrom === false ? '' : envelope.mailFrom.address;
        letters.push({ from, to: envelope.rcptTo.map(({ address }) => address), raw });
        done();
      });
    },
  });
  server.on('error', () => undefined);
  let port: number;

  before(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    port = (server.server.address() as { port: number }).port;
  });
  beforeEach(() => {
    letters = [];
  });
  after(
    () =>
      new Promise<void>((resolve) => {
        server.close(resolve);
      }),
  );

  const mail = (login = '', timeoutMs = 5_000) =>
    mailChannel({
      url: `smtp://${login}127.0.0.1:${port}`,
      from: 'colouriser@example.org',
      to: 'pacs@example.org, it@example.org',
      timeoutMs,
    });

  it('reaches everybody it is for, as plain text', async () => {
    await mail().send(notice);
    const [letter] = letters;
    assert.equal(letter?.from, 'colouriser@example.org');
    assert.deepEqual(letter.to, ['pacs@example.org', 'it@example.org']);
    assert.match(letter.raw, /Subject: =\?UTF-8\?/);
    assert.match(letter.raw, /Content-Type: text\/plain; charset=utf-8/);
    assert.match(letter.raw, /New: images failed \(2\)\r\n/);
    assert.match(letter.raw, /Auto-Submitted: auto-generated/);
  });

  it('logs in, and says when it may not', async () => {
    await mail('us:p%40ss@').send(notice);
    assert.equal(letters.length, 1);
    await assert.rejects(mail('us:hunter2@').send(notice), (error: Error & { code: string }) => {
      assert.equal(error.code, 'NOTIFY_FAILED');
      assert.doesNotMatch(error.message, /hunter2/);
      return true;
    });
  });

  it('does not wait for a server that says nothing', async () => {
    isDeaf = true;
    await assert.rejects(mail('', 1000).send(notice), { code: 'NOTIFY_FAILED' });
    isDeaf = false;
    assert.deepEqual(letters, []);
  });
});
