import assert from 'node:assert/strict';
import { describeFault, makePlan } from '../chaos/plan.js';
import { runChaos } from '../chaos/run.js';

/** A seed that kills each of serve, a worker, RabbitMQ and Orthanc. `npm run test:chaos` is the long form. */
const plan = { seed: 297, studies: 45, studyEveryMs: 400, faultEveryMs: 1_200, longestMs: 3_500 };

describe('plugs that are pulled while studies arrive', function () {
  this.timeout(480_000);
  // What must never happen is not given a second chance.
  this.retries(0);

  it('lose nothing, double nothing and leave nothing running', async () => {
    const { faults, injected, lost, doubled, stored, skipped, failed } = await runChaos(plan);
    const planned = makePlan(plan).faults.map(describeFault).join('\n');
    assert.deepEqual(faults, [], `seed ${plan.seed}:\n${planned}`);
    assert.deepEqual({ lost, doubled }, { lost: 0, doubled: 0 });
    assert.ok(stored > 0 && skipped > 0 && failed > 0);
    assert.ok((injected['kill'] ?? 0) >= 4);
  });
});
