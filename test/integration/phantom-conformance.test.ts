import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeChestPhantom } from '../../src/phantom/chest-phantom.js';
import { phantomInstance } from '../../src/phantom/phantom-instance.js';
import { temporaryFolder } from '../support/process.js';

describe('phantom files', () => {
  for (const photometric of ['MONOCHROME1', 'MONOCHROME2'] as const) {
    it(`dciodvfy finds no error in a ${photometric} phantom`, () => {
      const phantom = makeChestPhantom({ seed: 2, Columns: 250, Rows: 300, photometric });
      const file = join(temporaryFolder(), 'phantom.dcm');
      writeFileSync(
        file,
        phantomInstance(phantom, {
          PatientName: 'Phantom^Clear',
          PatientID: 'PHANTOM-2',
          StudyInstanceUID: '2.25.11',
          SeriesInstanceUID: '2.25.12',
          SOPInstanceUID: '2.25.13',
        }),
      );
      const checked = spawnSync('dciodvfy', [file], { encoding: 'utf8' });
      assert.ifError(checked.error);
      const said = checked.stdout + checked.stderr;
      assert.match(said, /DXImageForPresentation/);
      assert.doesNotMatch(said, /^(Error|Warning)/m);
    });
  }
});
