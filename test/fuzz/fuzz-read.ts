import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { encodedRadiographs } from '../support/encodings.js';
import { writeCorpus } from './corpus.js';
import { fuzz } from './fuzz.js';

/**
 * node dist/test/fuzz/fuzz-read.js [--count 20000] [--seed 1] [--keep FOLDER] [--corpus]
 * Ends with exit code 1 if anything was found or memory grew by more than 512 MB; keeps the inputs.
 * `--corpus` writes the corpus anew that the tests replay.
 */
const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '20000' },
    seed: { type: 'string', default: '1' },
    keep: { type: 'string' },
    corpus: { type: 'boolean', default: false },
  },
});

const data = '../shared/data/dicom';
/** Larger files say nothing new and take the time of many small ones. */
const maxBytes = 450_000;

async function corpus(): Promise<ReadonlyMap<string, Uint8Array>> {
  const synthetic = (await encodedRadiographs()).map(({ name, bytes }) => [name, bytes] as const);
  if (!existsSync(data)) return new Map(synthetic);
  const collected = readdirSync(data, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.dcm'))
    .map((file) => [file, Uint8Array.from(readFileSync(join(data, file)))] as const)
    .filter(([, bytes]) => bytes.length <= maxBytes);
  return new Map([...synthetic, ...collected]);
}

const { findings, examples, ...report } = await fuzz(await corpus(), {
  count: Number(values.count),
  seed: Number(values.seed),
  mayKeep: (source) => values.corpus && !source.endsWith('.dcm'),
  progress: (done) => process.stderr.write(`${done} `),
});
console.log(JSON.stringify({ ...report, findings: findings.length }, null, 2));
for (const [index, { source, kind, what, bytes }] of findings.entries()) {
  console.log(`${source} ${kind}: ${what.slice(0, 600)}`);
  if (values.keep === undefined) continue;
  mkdirSync(values.keep, { recursive: true });
  writeFileSync(join(values.keep, `${index}-${kind}.dcm`), bytes);
}
if (values.corpus) writeCorpus(examples);
process.exitCode = findings.length > 0 || report.rssGrowthMB > 512 ? 1 : 0;
