import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { randomFor } from '../../src/phantom/random.js';
import { countInstances, stow } from '../support/archive.js';
import { assertSettledAsExpected, settled } from '../support/end-state.js';
import { PrivateOrthanc } from '../support/orthanc.js';
import { assertNamesNobody } from '../support/people.js';
import { ServiceProcess } from '../support/service.js';
import { burst } from '../support/studies.js';

/** Moments after `ready`, in ms: the same in every run, spread over arrival, routing and work. */
const kills = 4;
const longestLifeMs = 2_500;

describe('kill -9 in the middle of sixty studies', function () {
  this.timeout(240_000);
  let orthanc: PrivateOrthanc;
  let service: ServiceProcess;

  before(async () => {
    orthanc = await PrivateOrthanc.start();
    service = await ServiceProcess.start(orthanc.url, {
      // A job whose worker died counts as tried: it may be what killed it.
      env: { COLOURISER_QUEUE_MAX_ATTEMPTS: String(kills + 1) },
    });
  });
  after(async () => {
    await service.stop();
    await orthanc.kill();
  });

  it('leads to the same end, with nothing lost and nothing doubled', async () => {
    const studies = burst();
    const random = randomFor(9, 'moments');
    const sent = Promise.all(studies.map(({ part10 }) => stow(orthanc, part10)));
    for (let kill = 0; kill < kills; kill++) {
      await pause(random.between(100, longestLifeMs));
      await service.kill();
      await service.resume();
    }
    await sent;
    await settled(service, studies);
    await assertSettledAsExpected(service, orthanc, studies);
    const eligible = studies.filter(({ expected }) => expected.state === 'stored').length;
    assert.equal(await countInstances(orthanc), studies.length + eligible);
    assertNamesNobody(service.log, 'the log');
  });
});
