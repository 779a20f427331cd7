import assert from 'node:assert/strict';
import { existsSync, readdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { installModel, type InstallTools } from '../../src/adapters/models/install-model.js';
import {
  activateModel,
  deactivateModel,
  findVersion,
  readCard,
  removeModel,
} from '../../src/adapters/models/retire-model.js';
import { ColouriseError } from '../../src/domain/errors.js';
import { openRegistry } from '../../src/models/registry.js';
import {
  folderOf,
  hashOfFile,
  installTools,
  modelFiles,
  sha256,
  tarEntries,
  tarOf,
  zipOf,
} from '../support/model-packages.js';

const weightsHash = sha256(modelFiles()['net.onnx'] ?? '');

function install(source: string, tools: InstallTools, change: object = {}) {
  const hash = source.includes('package.') ? hashOfFile(source) : weightsHash;
  return installModel({ source, sha256: hash, dryRun: false, activate: false, ...change }, tools);
}

/** Nothing but perhaps the empty folder is left of an attempt. */
function assertNothingThere({ installed }: InstallTools): void {
  assert.deepEqual(existsSync(installed) ? readdirSync(installed) : [], []);
}

async function refused(source: string, tools: InstallTools, reason: RegExp, change: object = {}) {
  await assert.rejects(install(source, tools, change), (thrown: unknown) => {
    assert.ok(thrown instanceof ColouriseError, String(thrown));
    assert.ok(['MODEL_REFUSED', 'MODEL_INVALID'].includes(thrown.code), thrown.code);
    assert.match(thrown.message, reason);
    return true;
  });
  assertNothingThere(tools);
}

describe('installing a model', () => {
  const inFolder = Object.fromEntries(
    Object.entries(modelFiles()).map(([name, text]) => [`made-up-1.0.0/${name}`, text]),
  );

  it('takes a folder, a tar and a zip, bare or in one folder, and passes other files over', async () => {
    const extra = { 'LICENSE.txt': 'CC0', 'run.sh': 'rm -rf /' };
    for (const source of [
      folderOf({ ...modelFiles(), ...extra }),
      await tarOf(tarEntries({ ...modelFiles(), ...extra })),
      await tarOf([
        { name: 'made-up-1.0.0/', type: 'directory' },
        ...tarEntries({ ...inFolder, 'made-up-1.0.0/run.sh': '' }),
      ]),
      zipOf({ ...modelFiles(), ...extra }),
      zipOf(inFolder),
    ]) {
      const tools = installTools();
      const result = await install(source, tools);
      assert.deepEqual([result.outcome, result.active], ['installed', true], source);
      const place = join(tools.installed, 'made-up', '1.0.0');
      assert.deepEqual(readdirSync(place).sort(), [
        'card.md',
        'installed.json',
        'manifest.json',
        'net.onnx',
      ]);
      const registry = await openRegistry(tools.shipped, tools.installed);
      assert.equal(registry.get('made-up').manifest.version, '1.0.0');
      assert.equal((await install(source, tools)).outcome, 'already-installed');
    }
  });

  it('refuses another hash before anything of the package is looked at', async () => {
    const change = { sha256: '0'.repeat(64) };
    await refused(
      await tarOf(tarEntries(modelFiles())),
      installTools(),
      /SHA-256 of the package/,
      change,
    );
    await refused(folderOf(modelFiles()), installTools(), /SHA-256 of the weights/, change);
  });

  it('refuses names that lead elsewhere, in tar and zip, and writes nothing there', async () => {
    for (const name of ['../net.onnx', '/tmp/net.onnx', 'a/../../net.onnx', 'a\\net.onnx']) {
      const tools = installTools();
      const entries = [...tarEntries(modelFiles()), { name, content: 'x' }];
      await refused(await tarOf(entries), tools, /unsafe name/);
      assert.ok(!existsSync(join(dirname(tools.installed), 'net.onnx')));
    }
    for (const name of ['../net.onnx', '/tmp/net.onnx']) {
      await refused(
        zipOf({ ...modelFiles(), [name]: 'x' }),
        installTools(),
        /invalid relative path|absolute path|unsafe/,
      );
    }
  });

  it('refuses links and devices', async () => {
    for (const type of ['symlink', 'link', 'character-device'] as const) {
      const entries = [
        { name: 'card.md', type, linkname: '/etc/passwd' },
        ...tarEntries(modelFiles()),
      ];
      await refused(await tarOf(entries), installTools(), /link or a device/);
    }
    await refused(
      zipOf(modelFiles(), { 'extra.onnx': '/etc/passwd' }),
      installTools(),
      /link or a device/,
    );
    const folder = folderOf({ 'manifest.json': modelFiles()['manifest.json'] ?? '' });
    symlinkSync('/etc/passwd', join(folder, 'card.md'));
    await refused(folder, installTools(), /link or a device/);
  });

  it('refuses what unpacks to more than models.maxBytes, and archives of too many entries', async () => {
    const limits = { maxBytes: 20_000, timeoutMs: 1000, silenceMs: 1000 };
    const bomb = { ...modelFiles(), 'net.onnx': '0'.repeat(1 << 20) };
    for (const source of [await tarOf(tarEntries(bomb)), zipOf(bomb), folderOf(bomb)]) {
      await refused(source, installTools({ limits }), /more than 20000 bytes/);
    }
    const many = Object.fromEntries(Array.from({ length: 120 }, (_, at) => [`${at}.txt`, '']));
    await refused(await tarOf(tarEntries(many)), installTools(), /more than 100 entries/);
  });

  it('refuses doubles, two folders, missing parts, and what is no archive', async () => {
    const files = modelFiles();
    const bare = Object.fromEntries(Object.entries(files).filter(([name]) => name !== 'card.md'));
    const twice = [...tarEntries(files), { name: 'other.onnx', content: 'x' }];
    await refused(await tarOf(twice), installTools(), /a second weights/);
    const apart = [...tarEntries(bare), { name: 'b/card.md', content: 'x' }];
    await refused(await tarOf(apart), installTools(), /two folders/);
    await refused(await tarOf(tarEntries(bare)), installTools(), /card\.md is missing/);
    await refused(folderOf({ ...files, 'manifest.json': '{' }), installTools(), /not JSON/);
    const other = { weights: { file: 'other.onnx', sha256: weightsHash } };
    await refused(folderOf(modelFiles(other)), installTools(), /other\.onnx is missing/);
    const silent = { golden: { tolerance: 0.005, outputs: { x: [0, 0] } } };
    await refused(folderOf(modelFiles(silent)), installTools(), /says nothing of 'e'/);
    const noArchive = join(folderOf({ 'package.tar': 'not a tar' }), 'package.tar');
    await refused(noArchive, installTools(), /neither zip nor tar/);
  });

  it('leaves nothing behind in a dry run, nor when the golden picture is answered otherwise', async () => {
    const tools = installTools();
    const result = await install(folderOf(modelFiles()), tools, { dryRun: true });
    assert.equal(result.outcome, 'would-install');
    assertNothingThere(tools);
    const check = () => Promise.reject(new ColouriseError('MODEL_INVALID', 'golden picture'));
    await refused(folderOf(modelFiles()), installTools({ check }), /golden picture/);
  });
});

describe('versions side by side', () => {
  const two = () => modelFiles({ version: '2.0.0' });
  const v1 = { name: 'made-up', version: '1.0.0' };

  async function withBoth() {
    const tools = installTools();
    await install(folderOf(modelFiles()), tools);
    const second = await install(folderOf(two()), tools);
    return { tools, second, registry: () => openRegistry(tools.shipped, tools.installed) };
  }

  it('leave the active one as it is until another is activated', async () => {
    const { tools, second, registry } = await withBoth();
    assert.equal(second.active, false);
    assert.equal((await registry()).get('made-up').manifest.version, '1.0.0');
    assert.equal((await registry()).get('made-up@2.0.0').manifest.version, '2.0.0');
    assert.equal((await registry()).get('made-up', '2.0.0').manifest.version, '2.0.0');
    await activateModel(tools, { ...v1, version: '2.0.0' });
    assert.equal((await registry()).get('made-up').manifest.version, '2.0.0');
  });

  it('fail loudly once the active one may not colour, and say which state it is in', async () => {
    const { tools, registry } = await withBoth();
    await deactivateModel(tools, v1);
    const now = await registry();
    assert.throws(() => now.get('made-up'), /no version of model 'made-up' is active/);
    assert.throws(() => now.get('made-up@1.0.0'), /version 1\.0\.0 is deactivated/);
    assert.equal(now.get('made-up@2.0.0').manifest.version, '2.0.0');
  });

  it('keep manifest and card of a removed one, for what objects name, and take it back', async () => {
    const { tools, registry } = await withBoth();
    await removeModel(tools, v1, new Date());
    assert.ok(!existsSync(join(tools.installed, 'made-up', '1.0.0', 'net.onnx')));
    const entry = await findVersion(tools, v1);
    assert.equal(entry.state, 'removed');
    assert.match(await readCard(entry), /made-up 1\.0\.0/);
    const now = await registry();
    assert.throws(() => now.get('made-up@1.0.0'), /is removed/);
    await assert.rejects(activateModel(tools, v1), /was removed/);
    assert.equal((await install(folderOf(modelFiles()), tools)).outcome, 'installed');
    assert.equal((await registry()).get('made-up@1.0.0').manifest.version, '1.0.0');
  });

  it('refuse other weights under a known version', async () => {
    const { tools } = await withBoth();
    const weights = { file: 'net.onnx', sha256: sha256('other') };
    const files = { ...modelFiles({ weights }), 'net.onnx': 'other' };
    await assert.rejects(
      install(folderOf(files), tools, { sha256: sha256('other') }),
      /1\.0\.0 is known with other weights/,
    );
  });

  it('of which a release kept the card alone are explained, and can be installed again', async () => {
    const tools = installTools();
    const left = { installedAt: '', source: 'a release', sha256: weightsHash, removedAt: '2026' };
    const files = folderOf({ ...modelFiles(), 'installed.json': JSON.stringify(left) });
    rmSync(join(files, 'net.onnx'));
    renameSync(files, join(tools.shipped, 'made-up-1.0.0'));
    const version = { name: 'made-up', version: '1.0.0' };
    const gone = await findVersion(tools, version);
    assert.equal(gone.state, 'removed');
    assert.match(await readCard(gone), /made-up 1\.0\.0/);
    await install(folderOf(modelFiles()), tools, { activate: true });
    const { entries } = await openRegistry(tools.shipped, tools.installed);
    assert.deepEqual(
      entries.map(({ state }) => state),
      ['active'],
    );
  });

  it('never become the image check of the models of the release', async () => {
    const tools = installTools({ shipped: 'models' });
    const outputs = { kind: 'evidence', evidence: 'e', lungs: 'l' };
    const golden = { tolerance: 0.005, outputs: { e: [0, 0], l: [0, 0] } };
    const change = { name: 'aaa', version: '9.0.0', outputs, golden };
    await install(folderOf(modelFiles(change)), tools);
    const registry = await openRegistry('models', tools.installed);
    assert.equal(registry.get('aaa').manifest.version, '9.0.0');
    assert.equal(registry.recogniser().manifest.name, 'evidence');
  });
});
