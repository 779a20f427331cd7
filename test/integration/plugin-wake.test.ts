import assert from 'node:assert/strict';
import { until } from '../support/process.js';
import type { PrivateOrthanc } from '../support/orthanc.js';
import {
  medianOf,
  orthancWithPlugin,
  pause,
  StandInService,
  stowMs,
  stowTimesMs,
  tinyRadiograph,
} from './plugin-fixtures.js';

describe('plugin: wake-ups', function () {
  this.timeout(90_000);
  const token = 'stand-in-token';
  let service: StandInService;
  let orthanc: PrivateOrthanc;
  const linesInLog = (text: string) => orthanc.log.split(text).length - 1;

  before(async () => {
    service = await new StandInService().start();
    orthanc = await orthancWithPlugin({ Url: service.url, Token: token, TimeoutSeconds: 1 });
  });
  beforeEach(async () => {
    service.manner = 'well';
    await pause(300);
    service.received.length = 0;
  });
  after(async () => {
    await orthanc.kill();
    await service.stop();
  });

  it('wakes the service within 200 ms of an arrival, with its token', async () => {
    const start = performance.now();
    await stowMs(orthanc, tinyRadiograph(1, 1));
    const wake = await until('a wake-up', () => service.wakes[0]);
    assert.ok(wake.atMs - start < 200, `${wake.atMs - start} ms`);
    assert.equal(wake.method, 'POST');
    assert.equal(wake.authorization, `Bearer ${token}`);
  });

  it('turns 50 arrivals at once into few wake-ups, the last after the last arrival', async () => {
    const start = performance.now();
    await Promise.all(
      Array.from({ length: 50 }, (_, index) => orthanc.upload(tinyRadiograph(2, index + 1))),
    );
    const lastStored = performance.now();
    await until('a wake-up after the last arrival', () =>
      service.wakes.some(({ atMs }) => atMs > lastStored - 5),
    );
    const most = Math.ceil((performance.now() - start) / 150) + 1;
    assert.ok(service.wakes.length <= most, `${service.wakes.length} wake-ups, at most ${most}`);
  });

  it('wakes once more when the study is stable', async () => {
    await stowMs(orthanc, tinyRadiograph(3, 1));
    await until('the first wake-up', () => service.wakes.length > 0);
    const before = service.wakes.length;
    await until('the wake-up for the stable study', () => service.wakes.length > before);
  });

  it('says once that the service went away and once that it is back, then wakes it', async () => {
    await service.stop();
    for (let instance = 1; instance <= 20; instance++) {
      await orthanc.upload(tinyRadiograph(4, instance));
    }
    await until('the line', () => linesInLog('the service is unreachable') === 1);
    await service.start();
    await until('the late wake-up', () => service.wakes.length > 0, 15_000);
    await until('the line', () => linesInLog('the service answers again') === 1);
    await pause(300);
    assert.equal(linesInLog('the service is unreachable'), 1);
    assert.equal(orthanc.log.includes(token), false);
    assert.ok(service.wakes.length <= 3, `${service.wakes.length} wake-ups`);
  });

  it('makes no sender wait, whether the service is well, fails, hangs or is dead', async () => {
    const manners = ['well', 'fail', 'hang', 'dead'] as const;
    const times: Record<(typeof manners)[number], number[]> = {
      well: [],
      fail: [],
      hang: [],
      dead: [],
    };
    for (let round = 0; round < 10; round++) {
      for (const [index, manner] of manners.entries()) {
        if (manner === 'dead') await service.stop();
        else service.manner = manner;
        times[manner].push(...(await stowTimesMs(orthanc, 100 + round * 4 + index, 5)));
        if (manner === 'dead') await service.start();
      }
    }
    const medians = manners.map((manner) => medianOf(times[manner]));
    const worst = manners.map((manner) => Math.max(...times[manner]));
    const figures = JSON.stringify({ manners, medians, worst });
    if (process.env['SHOW_FIGURES']) console.log(figures);
    const [well = NaN] = medians;
    assert.ok(Math.max(...medians) < 1.5 * well + 15, figures);
    assert.ok(Math.max(...worst) < 900, figures); // Less than one time-out: nobody waited for one.
  });

  it('lets Orthanc stop while a request to the service hangs', async () => {
    service.manner = 'hang';
    await stowMs(orthanc, tinyRadiograph(10, 1));
    await until('the hanging wake-up', () => service.wakes.length > 0, 40_000);
    await orthanc.kill('SIGTERM');
    assert.match(orthanc.log, /Orthanc has stopped/);
  });
});
