import assert from 'node:assert/strict';
import { readCorpus } from '../fuzz/corpus.js';
import { fuzz, outcomesOf } from '../fuzz/fuzz.js';
import { encodedRadiographs } from '../support/encodings.js';

/** The long form is `node dist/test/fuzz/fuzz-read.js`. */
describe('damaged radiographs', function () {
  this.timeout(180_000);

  it('always end with a code, soon, in bounded memory', async () => {
    const radiographs = await encodedRadiographs();
    const corpus = new Map(radiographs.map(({ name, bytes }) => [name, bytes] as const));
    const report = await fuzz(corpus, { count: 400, seed: 20 });
    assert.deepEqual(
      report.findings.map(({ source, kind, what }) => `${source} ${kind}: ${what}`),
      [],
    );
    assert.ok(report.rssGrowthMB < 512, `memory grew by ${report.rssGrowthMB} MB`);
    // Damage that is never noticed, or always, would mean that the test tests nothing.
    assert.ok((report.outcomes['SHOWN'] ?? 0) > 40);
    assert.ok(Object.keys(report.outcomes).length > 5);
  });

  it('of the corpus end as they did when they were found', async () => {
    const corpus = readCorpus();
    const outcomes = await outcomesOf(corpus.map(({ bytes }) => bytes));
    for (const [index, { source, kind, outcome }] of corpus.entries()) {
      assert.equal(outcomes[index], outcome, `${source} ${kind}`);
    }
    assert.ok(new Set(outcomes).size > 8);
  });
});
