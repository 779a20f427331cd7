import assert from 'node:assert/strict';
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseRules } from '../../src/config/load-rules.js';
import { PrivateOrthanc } from '../support/orthanc.js';
import { temporaryFolder, until } from '../support/process.js';
import { runCommand } from '../support/command.js';
import { ServiceProcess, serviceEnvironment } from '../support/service.js';
import { syntheticDicom, withMetaLength } from '../support/synthetic-dicom.js';

/** The even ones are saved over HTTP, the others written to the disk. */
const names = ['first', 'second', 'third', 'fourth'] as const;
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

  const rulesState = async () =>
    (await (await fetch(`${service.url}/api/rules`)).json()) as { textHash: string };
  const put = (rules: string, expected: string) =>
    fetch(`${service.url}/api/rules`, {
      method: 'PUT',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ rules, expected }),
    });
  /** As two people who edit the same text at once: one is in time. */
  const save = async (text: string) => {
    const { textHash } = await rulesState();
    const broken = await put('rules: [{ name: broken }]', textHash);
    assert.equal(broken.status, 422);
    const answers = await Promise.all([put(text, textHash), put(text, textHash)]);
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 412]);
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
      for (const [index, name] of names.entries()) {
        if (index % 2 === 0) write(textOf(name));
        else await save(textOf(name));
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

  it('are all kept, with who put them into force', async () => {
    const answer = await fetch(`${service.url}/api/rules/versions`);
    const { versions } = (await answer.json()) as {
      versions: { id: number; version: string; origin: string; by?: string }[];
    };
    assert.deepEqual(
      versions.toReversed().map(({ version, origin, by }) => ({ version, origin, by })),
      names.map((name, index) => ({
        version: parseRules(textOf(name), file).version,
        origin: index % 2 === 0 ? 'file' : 'console',
        by: index % 2 === 0 ? undefined : 'this machine',
      })),
    );
    const [, second] = versions.toReversed();
    const kept = await fetch(`${service.url}/api/rules/versions/${second?.id ?? 0}`);
    assert.equal(((await kept.json()) as { text: string }).text, textOf(names[1]));
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
