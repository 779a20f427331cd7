import assert from 'node:assert/strict';
import {
  createOrthancPacs,
  type OrthancOptions,
  type OrthancPacs,
} from '../../src/adapters/orthanc/orthanc-pacs.js';
import { textOf } from '../../src/domain/dicom-json.js';
import { ColouriseError, type ErrorCode } from '../../src/domain/errors.js';
import { Tag } from '../../src/domain/tags.js';
import { encoded, refOf, rejects, sameBytes } from '../contract/pacs-contract.js';
import { FaultProxy, type Fault } from '../support/fault-proxy.js';
import { PrivateOrthanc } from '../support/orthanc.js';
import { makePart10, type Synthetic } from '../support/part10.js';
import { freePorts } from '../support/process.js';

describe('Orthanc behind a faulty network', () => {
  let orthanc: PrivateOrthanc;
  let proxy: FaultProxy;
  let pacs: OrthancPacs;
  let image: Synthetic;
  const clients: OrthancPacs[] = [];

  const connect = (options: Partial<OrthancOptions> = {}) => {
    const client = createOrthancPacs({
      url: proxy.url,
      dicomWebRoot: '/dicom-web/',
      timeoutMs: 400,
      maxBytes: 64 << 20,
      ...options,
    });
    clients.push(client);
    return client;
  };

  before(async () => {
    orthanc = await PrivateOrthanc.start();
    proxy = await FaultProxy.start(orthanc.url);
    pacs = connect();
    // 3.4 MB: larger than the socket buffers, so that a cut comes in its middle.
    image = makePart10({ side: 1300 });
    await orthanc.upload(image.part10);
  });
  afterEach(() => {
    proxy.clear();
  });
  after(async () => {
    for (const client of clients) client.close();
    await proxy.close();
    await orthanc.kill();
  });

  const everyCall = (client: OrthancPacs): Record<string, () => Promise<unknown>> => ({
    changes: () => client.changes(0, 10),
    identify: () => client.identify('any'),
    isStudyStable: () => client.isStudyStable('any'),
    findInstances: () => client.findInstances({ limit: '1' }),
    metadata: () => client.metadata(refOf(image)),
    retrieve: () => client.retrieve(refOf(image)),
    store: () => client.store(encoded(image)),
    probe: () => client.probe(),
  });

  const html: Fault = {
    kind: 'answer',
    status: 200,
    body: '<html>Welcome</html>',
    headers: { 'Content-Type': 'text/html' },
  };
  const faults: readonly (readonly [string, Fault, RegExp])[] = [
    ['closes without an answer', { kind: 'drop' }, /broke off|socket hang up/],
    ['never answers', { kind: 'hang' }, /no sign of life within 400 ms/],
    ['answers 500', { kind: 'answer', status: 500 }, /HTTP status 500/],
    ['answers 503', { kind: 'answer', status: 503 }, /HTTP status 503/],
    ['redirects', { kind: 'answer', status: 302, headers: { Location: '/' } }, /status 302/],
    ['answers with a web page', html, /not one of Orthanc's/],
    ['breaks off in the body', { kind: 'reset', afterBytes: 5 }, /broke off/],
    ['falls silent in the body', { kind: 'stall', afterBytes: 5 }, /no sign of life/],
  ];
  for (const [what, fault, message] of faults) {
    it(`says PACS_UNAVAILABLE in every call when the server ${what}`, async () => {
      proxy.set({ fault });
      for (const [name, call] of Object.entries(everyCall(pacs))) {
        const silent = fault.kind === 'reset' || fault.kind === 'stall';
        // The answers of 404 have no body that could be cut.
        if (silent && (name === 'identify' || name === 'isStudyStable')) continue;
        await rejects(call(), 'PACS_UNAVAILABLE', message);
      }
    });
  }

  it('says what became of a picture that fails while it is sent, and stores nothing of it', async () => {
    const image = makePart10({ side: 1300 });
    const instance = encoded(image);
    async function* parts() {
      yield image.part10.subarray(0, 100_000);
      await Promise.resolve();
      throw new ColouriseError('TOO_SLOW', 'took longer than 20000 ms');
    }
    await rejects(pacs.store({ ...instance, parts }), 'TOO_SLOW', /took longer/);
    assert.equal((await pacs.findInstances({ SOPInstanceUID: instance.SOPInstanceUID })).length, 0);
  });

  for (const status of [401, 403]) {
    it(`says PACS_UNAUTHORISED in every call for status ${status}`, async () => {
      proxy.set({ fault: { kind: 'answer', status } });
      for (const call of Object.values(everyCall(pacs))) await rejects(call(), 'PACS_UNAUTHORISED');
    });
  }

  it('says that the JSON is not that of Orthanc, and where it differs', async () => {
    const body = JSON.stringify({ Changes: [{ Seq: 'one' }], Last: 1, Done: true });
    proxy.set({ fault: { kind: 'answer', status: 200, body } });
    await rejects(pacs.changes(0, 1), 'PACS_UNAVAILABLE', /unexpected JSON at Changes\.0\.Seq/);
    await rejects(pacs.findInstances({ limit: '1' }), 'PACS_UNAVAILABLE', /unexpected JSON/);
  });

  it('says where it tried to connect when the connection is refused or the name unknown', async () => {
    const [port = 0] = await freePorts(1);
    const nobody = connect({ url: `http://127.0.0.1:${port}`, username: 'u', password: 'hush' });
    for (const call of Object.values(everyCall(nobody))) {
      await rejects(call(), 'PACS_UNAVAILABLE', new RegExp(`127.0.0.1:${port}.*refused`));
    }
    const nameless = connect({ url: 'http://orthanc.invalid:8042' });
    await rejects(nameless.changes(0, 1), 'PACS_UNAVAILABLE', /orthanc\.invalid:8042.*host name/);
  });

  it('works again on the next call after the server was away', async () => {
    await proxy.refuse();
    await rejects(pacs.retrieve(refOf(image)), 'PACS_UNAVAILABLE', /refused/);
    await proxy.listen();
    assert.ok(sameBytes(await pacs.retrieve(refOf(image)), image.part10));
  });

  it('never returns an image that broke off or stalled in its middle', async () => {
    for (const kind of ['reset', 'stall'] as const) {
      proxy.set({ fault: { kind, afterBytes: 1_000_000 } });
      await rejects(pacs.retrieve(refOf(image)), 'PACS_UNAVAILABLE', /broke off|sign of life/);
    }
  });

  it('waits for a slow answer, within the longest silence', async () => {
    proxy.set({ fault: { kind: 'delay', ms: 250 } });
    await pacs.changes(0, 1);
  });

  it('gives up on a peer that drips, after the total time', async () => {
    proxy.set({ fault: { kind: 'drip', everyMs: 20 } });
    const impatient = connect({ timeoutMs: 200 });
    await rejects(impatient.changes(0, 1), 'PACS_UNAVAILABLE', /no complete answer within 2000 ms/);
  });

  it('reads no answer larger than the bound', async () => {
    const bounded = connect({ maxBytes: 1_000_000 });
    await rejects(bounded.retrieve(refOf(image)), 'TOO_LARGE', /1000000 bytes/);
    const lying = { 'Content-Length': '999999999999' };
    proxy.set({ fault: { kind: 'answer', status: 200, headers: lying } });
    await rejects(bounded.changes(0, 1), 'TOO_LARGE');
  });

  it('tells a missing DICOMweb from a missing instance', async () => {
    const lost = connect({ dicomWebRoot: 'no-such-root' });
    const call = everyCall(lost);
    await rejects(lost.metadata(refOf(image)), 'PACS_UNAVAILABLE', /404/);
    await rejects(lost.findInstances({ limit: '1' }), 'PACS_UNAVAILABLE', /404/);
    assert.ok(await call['probe']?.());
  });

  it('serves an instance that arrived between the question and its 404', async () => {
    proxy.set({ fault: { kind: 'answer', status: 404 }, path: /dicom-web/, times: 1 });
    assert.equal(textOf((await pacs.metadata(refOf(image))) ?? {}, Tag.Rows), '1300');
  });

  it('does not believe that something was stored which the index does not hold', async () => {
    const fresh = makePart10();
    for (const Status of ['Success', 'AlreadyStored']) {
      const body = JSON.stringify({ ID: 'any', Status });
      proxy.set({ fault: { kind: 'answer', status: 200, body }, method: 'POST', times: 1 });
      await rejects(pacs.store(encoded(fresh)), 'STORE_UNVERIFIED', new RegExp(Status));
    }
  });

  it('tells a full storage from other refusals', async () => {
    const fresh = makePart10();
    const answers: readonly (readonly [number, string, ErrorCode])[] = [
      [507, '', 'STORAGE_FULL'],
      [500, '{"OrthancStatus":19,"Message":"The file storage is full"}', 'STORAGE_FULL'],
      [400, '{"OrthancStatus":15,"Message":"Bad file format"}', 'PACS_REJECTED'],
      [503, '', 'PACS_UNAVAILABLE'],
    ];
    for (const [status, body, code] of answers) {
      proxy.set({ fault: { kind: 'answer', status, body }, path: /instances$/ });
      await rejects(pacs.store(encoded(fresh)), code);
    }
  });

  it('ends what is under way when it is closed', async () => {
    const client = connect({ timeoutMs: 60_000 });
    proxy.set({ fault: { kind: 'hang' } });
    const waiting = Array.from({ length: 30 }, () => client.changes(0, 1));
    setTimeout(() => {
      client.close();
    }, 50);
    for (const call of waiting) await rejects(call, 'PACS_UNAVAILABLE', /closed/);
    await rejects(client.changes(0, 1), 'PACS_UNAVAILABLE', /closed/);
  });

  it('survives an Orthanc that is killed while it sends and while it receives', async () => {
    proxy.set({ fault: { kind: 'stall', afterBytes: 1_000_000 } });
    const patient = connect({ timeoutMs: 5_000 });
    const reading = patient.retrieve(refOf(image));
    const writing = patient.store(encoded(makePart10({ side: 1300 })));
    const outcomes = Promise.allSettled([reading, writing]);
    await new Promise((resolve) => setTimeout(resolve, 30));
    await orthanc.kill();
    const [read, written] = await outcomes;
    assert.equal(read.status, 'rejected');
    await rejects(reading, 'PACS_UNAVAILABLE');
    // It may have stored the object before it died; then the answer was lost or came.
    if (written.status === 'rejected') await rejects(writing, 'PACS_UNAVAILABLE');
    await orthanc.resume();
    proxy.clear();
    assert.ok(sameBytes(await patient.retrieve(refOf(image)), image.part10));
  });
});
