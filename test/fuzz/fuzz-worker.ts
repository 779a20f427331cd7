import { parentPort } from 'node:worker_threads';
import { ColouriseError } from '../../src/domain/errors.js';
import { shown } from '../support/shown.js';

/** Answers each input with what became of it; a text that starts with `!` is a finding. */
parentPort?.on('message', (bytes: Uint8Array) => {
  void outcomeOf(bytes).then((outcome) => parentPort?.postMessage(outcome));
});

async function outcomeOf(bytes: Uint8Array): Promise<string> {
  try {
    const result = await shown(bytes);
    return 'skip' in result ? result.skip.code : 'SHOWN';
  } catch (thrown) {
    if (thrown instanceof ColouriseError && thrown.code !== 'INTERNAL') return thrown.code;
    return `!${thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)}`;
  }
}
