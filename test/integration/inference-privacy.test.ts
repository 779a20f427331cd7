import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '../support/process.js';

describe('inference', () => {
  it('leaves no trace of the telemetry that its runtime would send', () => {
    const home = temporaryFolder();
    const temporary = join(home, 'tmp');
    mkdirSync(temporary);
    // The runtime keeps quiet on build servers too, which would prove nothing.
    const quieting = ['ORT_DISABLE_TELEMETRY', 'CI'];
    const environment = Object.entries(process.env).filter(([name]) => !quieting.includes(name));
    const { status, stderr } = spawnSync('bin/colouriser', ['models', 'verify'], {
      // Its identifier and its unsent events would stand in these folders.
      env: {
        ...Object.fromEntries(environment),
        HOME: home,
        XDG_CACHE_HOME: home,
        TMPDIR: temporary,
      },
      encoding: 'utf8',
    });
    assert.equal(status, 0, stderr);
    assert.deepEqual(readdirSync(home, { recursive: true }), ['tmp']);
  });
});
