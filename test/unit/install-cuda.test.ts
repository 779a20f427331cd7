import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../support/documents.js';
import { temporaryFolder } from '../support/process.js';

const files = ['libonnxruntime_providers_shared.so', 'libonnxruntime_providers_cuda.so'] as const;
const { version } = JSON.parse(
  readFileSync(join(root, 'node_modules/onnxruntime-node/package.json'), 'utf8'),
) as { version: string };

/** `npm run install-cuda -- --from <folder>`, up to its first refusal. */
function installFrom(folder: string): { readonly status: number | null; readonly said: string } {
  const script = join(root, 'scripts/install-cuda.mjs');
  const { status, stderr } = spawnSync(process.execPath, [script, '--from', folder], {
    encoding: 'utf8',
  });
  return { status, said: stderr };
}

describe('npm run install-cuda', () => {
  it('refuses a folder without the files, and files of another version', () => {
    const folder = temporaryFolder();
    const absent = installFrom(folder);
    assert.equal(absent.status, 1);
    if (process.platform !== 'linux' || process.arch !== 'x64') {
      assert.match(absent.said, /made for linux\/x64/);
      return;
    }
    assert.match(absent.said, /not in .*: libonnxruntime_providers_shared\.so, /);

    for (const file of files) writeFileSync(join(folder, file), `ELF\0${version}1\0`);
    const other = installFrom(folder);
    assert.equal(other.status, 1);
    assert.match(other.said, new RegExp(`is not of ONNX Runtime ${version}: never mix versions`));
  });
});
