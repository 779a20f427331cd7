import assert from 'node:assert/strict';
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseRules } from '../../src/config/load-rules.js';
import { PrivateOrthanc } from '../support/orthanc.js';
import { temporaryFolder, until } from '../support/process.js';
import { runCommand } from '../support/command.js';
import { ServiceProcess, serviceEnvironment } from '../support/service.js';
import { syntheticDicom, withMetaLength } from '../support/synthetic-dicom.js';

const names = ['first', 'second', 'third'] as const;
const textOf = (name: string) =>
  `rules: [{ name: ${name}, when: { Modality: CR, PatientID: { exists: true } }, skip: by the ${name} rules }]\n`;
const broken = 'rules: [{ name: broken }]\n';

function film(n: number): Uint8Array {
  const uid = (tag: string, value: string) => ({ tag, vr: 'UI', value });
  return withMetaLength(
    syntheticDicom({
      elements: {
        '00100020': { tag: '00100020', vr: 'LO', value: `SECRET-${n}` },
        '00080018': uid('00080018', `1.2.826.98.4.${n}`),
        '0020000D': uid('0020000D', `1.2.826.98.1.${n}`),
        '0020000E': uid('0020000E', `1.2.826.98.2.${n}`),
      },
    }),
  );
}

describe('rules that are edited while images arrive', function () {
  this.timeout(180_000);
  const file = join(temporaryFolder(), 'rules.yaml');
  let orthanc: PrivateOrthanc;
  let service: ServiceProcess;

  /** At once, as editors do. */
  const write = (text: string) => {
    writeFileSync(`${file}.new`, text);
    renameSync(`${file}.new`, file);
  };

  before(async () => {
    write(textOf(names[0]));
    orthanc = await PrivateOrthanc.start();
    service = await ServiceProcess.start(orthanc.url, { env: { COLOURISER_RULES_FILE: file } });
  });
  after(async () => {
    await service.stop();
    await orthanc.kill();
  });

  it('decide each image once, by one version that is recorded, and none is lost', async () => {
    let sent = 0;
    const ending = new AbortController();
    const stream = (async () => {
      while (!ending.signal.aborted) await orthanc.upload(film(sent++));
    })();
    try {
      for (const name of names) {
        write(textOf(name));
        const { version } = parseRules(textOf(name), file);
        const before = sent;
        await until(
          `the ${name} rules to be in force`,
          async () => (await service.status()).rules.version === version && sent > before + 3,
          60_000,
        );
        write(broken);
        await until(
          'the broken edit to be told',
          async () => (await service.status()).rules.fault !== undefined,
          60_000,
        );
        assert.equal((await service.status()).rules.version, version);
      }
    } finally {
      ending.abort();
      await stream;
    }
    await until(
      'everything to be decided',
      async () => {
        const { balance } = await service.status();
        return balance.undecided === 0 && balance.skipped === sent;
      },
      60_000,
    );
    const rows = await service.images();
    assert.equal(new Set(rows.map(({ orthancId }) => orthancId)).size, sent);
    for (const { rule, rulesVersion, reason } of rows) {
      assert.equal(rulesVersion, parseRules(textOf(rule), file).version);
      assert.match(reason, new RegExp(`^rule '${rule}': by the ${rule} rules`));
    }
    assert.deepEqual(new Set(rows.map(({ rule }) => rule)), new Set(names));
  });

  it('say afterwards why an image was decided so, by the rules of then, and name nobody', async () => {
    const row = (await service.images()).find(({ rule }) => rule === names[0]);
    assert.ok(row?.source);
    const which = ['rules', 'explain', row.source.SOPInstanceUID];
    const env = serviceEnvironment(orthanc.url, service.dataFolder);
    const { stdout, exitCode } = await runCommand(which, env);
    assert.equal(exitCode, 0);
    assert.match(stdout, new RegExp(`rules ${row.rulesVersion}, \\d{4}-`));
    assert.match(stdout, /true {4}rule 'first'\n/);
    assert.match(stdout, /true {4}Modality is CR {2}<- CR\n/);
    assert.match(stdout, /true {4}PatientID exists {2}<- \(withheld\)\n/);
    assert.doesNotMatch(stdout, /SECRET/);
    assert.equal((await runCommand(['rules', 'explain', '1.2.3'], env)).exitCode, 2);
  });
});
