import assert from 'node:assert/strict';
import { pino } from 'pino';
import { ColouriseError } from '../../src/domain/errors.js';
import { type Loop, startLoop, type StepResult } from '../../src/pipeline/loop.js';
import { until } from '../support/process.js';

describe('a loop', () => {
  let lines: { level: number; msg: string }[];
  let loop: Loop | undefined;

  const start = (step: () => Promise<StepResult>, pollMs = 5) => {
    const log = pino({ level: 'info' }, { write: (line) => lines.push(JSON.parse(line) as never) });
    loop = startLoop({ name: 'test', pollMs, maxBackOffMs: 20, log }, step);
    return loop;
  };
  beforeEach(() => (lines = []));
  afterEach(() => loop?.stop());

  it('goes on at once while there is more', async () => {
    let steps = 0;
    start(() => Promise.resolve(++steps < 5 ? 'more' : 'idle'), 60_000);
    await until('five steps', () => steps === 5);
  });

  it('says one line when a fault begins and one when it is over, however long it lasts', async () => {
    let steps = 0;
    const running = start(() => {
      steps += 1;
      return steps > 1 && steps < 6
        ? Promise.reject(new ColouriseError('PACS_UNAVAILABLE', 'refused'))
        : Promise.resolve('idle');
    });
    await until('the fault to be over', () => steps > 7);
    assert.deepEqual(
      lines.map(({ msg }) => msg),
      ['refused', 'all is well again'],
    );
    assert.equal(running.state, 'well');
  });

  it('looks at once when it is woken, also when that happens during a step', async () => {
    let steps = 0;
    const running = start(() => {
      steps += 1;
      if (steps === 1) running.wake();
      return Promise.resolve('idle');
    }, 60_000);
    await until('the second step', () => steps === 2);
    await new Promise((resolve) => setImmediate(resolve));
    running.wake();
    await until('the third step', () => steps === 3);
  });

  it('ends during its longest pause', async () => {
    const running = start(() => Promise.resolve('idle'), 60_000);
    await until('the first step', () => running.state === 'well');
    await running.stop();
  });
});
