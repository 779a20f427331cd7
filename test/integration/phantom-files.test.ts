import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { writePhantoms } from '../../src/cli/commands/phantom.js';
import { temporaryFolder } from '../support/process.js';

describe('written phantoms', () => {
  it('take turns between clear and ill, and equal seeds write equal files', async () => {
    const options = { count: 2, seed: 9, Columns: 100, Rows: 120 };
    const first = await writePhantoms({ ...options, folder: temporaryFolder() });
    const again = await writePhantoms({ ...options, folder: temporaryFolder() });
    assert.deepEqual(
      first.map(({ kind, opacityBox }) => [kind, opacityBox !== undefined]),
      [
        ['clear', false],
        ['opacity', true],
      ],
    );
    for (const [index, { file, png }] of first.entries()) {
      assert.deepEqual(readFileSync(file), readFileSync(again[index]?.file ?? ''));
      assert.deepEqual(readFileSync(png).subarray(1, 4).toString(), 'PNG');
    }
  });
});
