import assert from 'node:assert/strict';
import { stow } from '../support/archive.js';
import { assertSettledAsExpected, settled } from '../support/end-state.js';
import { PrivateOrthanc } from '../support/orthanc.js';
import { until } from '../support/process.js';
import { PrivateRabbitMq } from '../support/rabbitmq.js';
import { ServiceProcess } from '../support/service.js';
import { drawPhantoms, smallChestStudy, type Study } from '../support/studies.js';
import { TcpProxy } from '../support/tcp-proxy.js';

/** What an init system or an orchestrator waits before it kills. */
const longestStopMs = 20_000;

describe('SIGTERM while a server has gone silent', function () {
  this.timeout(240_000);
  let orthanc: PrivateOrthanc;
  let line: TcpProxy;

  before(async () => {
    drawPhantoms();
    orthanc = await PrivateOrthanc.start();
    line = await TcpProxy.to(orthanc.url);
  });
  after(async () => {
    await line.close();
    await orthanc.kill();
  });

  const stopsInTime = async (process: ServiceProcess) => {
    const begun = performance.now();
    assert.equal(await process.stop(), 0, process.log.slice(-3_000));
    const tookMs = performance.now() - begun;
    assert.ok(tookMs < longestStopMs, `${tookMs} ms\n${process.log.slice(-2_000)}`);
    assert.ok(process.lines().every(({ level }) => level < 60));
  };
  const send = async (first: number): Promise<readonly Study[]> => {
    const studies = [first, first + 1, first + 2, first + 3].map(smallChestStudy);
    await Promise.all(studies.map(({ part10 }) => stow(orthanc, part10)));
    return studies;
  };

  it('ends serve in time, and what was in hand is done after the next start', async () => {
    const service = await ServiceProcess.start(line.through(orthanc.url));
    // Slow enough that the work is still in hand when the status, which is a second old at most, tells of it.
    line.set({ kind: 'delay', ms: 400 });
    const first = await send(0);
    await until('work in hand', async () => (await service.status()).queue.inFlight > 0, 60_000);
    line.set({ kind: 'silent' });
    await stopsInTime(service);
    line.set({ kind: 'pass' });
    await service.resume();
    await settled(service, first);
    await assertSettledAsExpected(service, orthanc, first);
    // A step of a loop is in hand, and no work.
    line.set({ kind: 'silent' });
    await stopsInTime(service);
    line.set({ kind: 'pass' });
  });

  it('ends serve and work in time, though both Orthanc and the broker are silent', async () => {
    const rabbit = await PrivateRabbitMq.start();
    const broker = await TcpProxy.to(rabbit.url);
    const env = {
      COLOURISER_QUEUE_KIND: 'rabbitmq',
      COLOURISER_QUEUE_URL: broker.through(rabbit.url),
    };
    const here = line.through(orthanc.url);
    const [serve, work] = await Promise.all([
      ServiceProcess.start(here, { env }),
      ServiceProcess.start(here, { env, command: 'work' }),
    ]);
    const studies = await send(4);
    await until(
      'work in hand',
      () => work.lines().length > 0 && work.log.includes('"attempt":'),
      60_000,
    );
    line.set({ kind: 'silent' });
    broker.set({ kind: 'silent' });
    await Promise.all([stopsInTime(serve), stopsInTime(work)]);
    line.set({ kind: 'pass' });
    broker.set({ kind: 'pass' });
    await Promise.all([serve.resume(), work.resume()]);
    await settled(serve, studies);
    await assertSettledAsExpected(serve, orthanc, studies);
    await Promise.all([stopsInTime(serve), stopsInTime(work)]);
    await broker.close();
    await rabbit.kill();
  });
});
