import assert from 'node:assert/strict';
import { join } from 'node:path';
import { PrivateOrthanc } from '../support/orthanc.js';
import { until } from '../support/process.js';
import {
  medianOf,
  pause,
  pluginFolder,
  StandInService,
  stowTimesMs,
  tinyRadiograph,
} from './plugin-fixtures.js';

describe('plugin: the Lua variant', function () {
  this.timeout(60_000);
  let service: StandInService;
  let orthanc: PrivateOrthanc;

  beforeEach(async () => {
    service = await new StandInService().start();
    orthanc = await PrivateOrthanc.start({
      configuration: {
        LuaScripts: [join(pluginFolder, 'colouriser.lua')],
        Colouriser: { Url: `${service.url}/`, Token: 'lua-token' },
        HttpTimeout: 1,
      },
    });
  });
  afterEach(async () => {
    await orthanc.kill();
    await service.stop();
  });

  it('wakes the service on arrival with its token, at most once a second', async () => {
    const start = performance.now();
    for (let instance = 1; instance <= 40; instance++) {
      await orthanc.upload(tinyRadiograph(1, instance));
    }
    const wake = await until('a wake-up', () => service.wakes[0]);
    assert.equal(wake.authorization, 'Bearer lua-token');
    const most = Math.ceil((performance.now() - start) / 1000) + 1;
    assert.ok(service.wakes.length <= most, `${service.wakes.length} wake-ups`);
  });

  it('wakes it again when the study is stable, after the last arrival', async () => {
    await orthanc.upload(tinyRadiograph(1, 1));
    const stored = performance.now();
    await until('the wake-up for the stable study', () =>
      service.wakes.some(({ atMs }) => atMs - stored > 1000),
    );
  });

  it('makes no sender wait for a service that is dead, and says so once', async () => {
    const well = medianOf(await stowTimesMs(orthanc, 1, 20));
    await service.stop();
    await pause(1100);
    const times = await stowTimesMs(orthanc, 2, 20);
    await service.start();
    const figures = JSON.stringify({ well, dead: medianOf(times), worst: Math.max(...times) });
    if (process.env['SHOW_FIGURES']) console.log(figures);
    assert.ok(medianOf(times) < 1.5 * well + 15, figures);
    assert.ok(Math.max(...times) < 500, figures);
    assert.equal(orthanc.log.split('the service does not answer').length - 1, 1);
  });

  it('makes one sender wait once, for one time-out, when the service hangs', async () => {
    service.manner = 'hang';
    const times = await stowTimesMs(orthanc, 1, 20);
    const figures = JSON.stringify({ median: medianOf(times), worst: Math.max(...times) });
    if (process.env['SHOW_FIGURES']) console.log(figures);
    assert.ok(times.filter((ms) => ms > 500).length <= 1, figures);
    assert.ok(Math.max(...times) < 2500, figures);
  });
});
