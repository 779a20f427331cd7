import { readFileSync, writeFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { Example } from './fuzz.js';

const file = 'test/fuzz/corpus.json';

/** Damaged copies of made-up radiographs, each with what becomes of it; nobody's images are among them. */
export function readCorpus(): readonly Example[] {
  const kept = JSON.parse(readFileSync(file, 'utf8')) as readonly KeptExample[];
  return kept.map(({ gzip, ...example }) => ({
    ...example,
    bytes: Uint8Array.from(gunzipSync(Buffer.from(gzip, 'base64'))),
  }));
}

export function writeCorpus(examples: readonly Example[]): void {
  const kept = examples
    .map(({ source, kind, outcome, bytes }) => {
      const gzip = gzipSync(bytes, { level: 9 }).toString('base64');
      return { outcome, kind, source, gzip };
    })
    .sort((one, other) =>
      `${one.outcome} ${one.kind}` < `${other.outcome} ${other.kind}` ? -1 : 1,
    );
  writeFileSync(file, `${JSON.stringify(kept, null, 1)}\n`);
}

interface KeptExample extends Omit<Example, 'bytes'> {
  readonly gzip: string;
}
