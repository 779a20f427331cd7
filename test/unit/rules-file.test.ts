import assert from 'node:assert/strict';
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { rulesCheck } from '../../src/cli/commands/rules-check.js';
import type { ConfigInvalidError } from '../../src/config/faults.js';
import { parseRules } from '../../src/config/load-rules.js';
import { watchRules, type RulesWatcher } from '../../src/config/rules-watcher.js';
import { temporaryFolder, until } from '../support/process.js';

const folder = temporaryFolder();
const file = join(folder, 'rules.yaml');

async function check(text: string): Promise<readonly string[]> {
  await writeFile(file, text);
  const { text: output } = await rulesCheck(file, { json: false });
  return output.split('\n').map((line) => line.replace(`${folder}/`, ''));
}

describe('rules check', () => {
  it('ends with 0 and a summary on good rules', async () => {
    await writeFile(file, 'rules: [{ name: a, skip: b }]');
    const { exitCode, text } = await rulesCheck(file, { json: false });
    assert.equal(exitCode, 0);
    assert.match(text, /rules\.yaml: 1 rule, version [0-9a-f]{12}, no fault$/);
  });

  it('prints every fault of shape with its place', async () => {
    const lines = await check(`rules:
  - name: 3
    when:
      all:
        - { Modality: { inn: [CR] } }
        - 7
    skip: x
    colour: red
  - name: b
    when: { Modality: { in: [] } }
    colourise: { palette: green, version: 1.0 }
    priority: 11
`);
    assert.deepEqual(lines, [
      'rules.yaml:2:11 rules[0].name: 3 - expected text of at most 64 characters',
      'rules.yaml:5:25 rules[0].when.all[0].Modality.inn - expected a known key; did you mean in?',
      'rules.yaml:6:11 rules[0].when.all[1]: 7 - expected a mapping',
      'rules.yaml:8:5 rules[0].colour - expected one of the known keys: name, when, trigger, skip, colourise, priority, recognise, allowWithoutLungs, offHours',
      'rules.yaml:10:29 rules[1].when.Modality.in: a list - expected a list with at least one entry',
      'rules.yaml:11:27 rules[1].colourise.palette: "green" - expected one of magenta, amber, blue',
      'rules.yaml:11:43 rules[1].colourise.version: 1 - expected a version in quotes',
      'rules.yaml:12:15 rules[1].priority: 11 - expected a whole number, 0 to 9',
      'rules.yaml: 8 faults',
    ]);
  });

  it('knows the destinations of the settings, and no others', async () => {
    await writeFile(
      file,
      `rules:
  - name: a
    when: { Modality: CR }
    colourise: { forward: [archive, reserch] }
  - name: b
    colourise: [{}, { forward: nobody }]
`,
    );
    const known = { destinations: ['archive', 'research'] };
    const { text } = await rulesCheck(file, { json: false, known });
    const wanted = 'a destination of the settings (forward.destinations: archive, research)';
    assert.deepEqual(
      text.split('\n').map((line) => line.replace(`${folder}/`, '')),
      [
        `rules.yaml:4:37 rules[0].colourise.forward[1]: "reserch" - expected ${wanted}`,
        `rules.yaml:6:32 rules[1].colourise[1].forward: "nobody" - expected ${wanted}`,
        'rules.yaml: 2 faults',
      ],
    );
    assert.equal((await rulesCheck(file, { json: false })).exitCode, 0);
  });

  it('prints every fault of meaning with its place', async () => {
    const lines = await check(`rules:
  - name: a
    when:
      modality: CR
      PatientAge: { range: { from: old, to: 3Y } }
      StudyDescription: { matches: '(a' }
      Rows: { matches: x }
      PatientID: 77
      ViewCodeSequence: x
      Modality.CodeValue: x
      KVP: { range: { from: 9, to: 1 } }
      StudyDate: 2026-02-30
      PixelData: x
      Rows.family: x
      study: { some: { Modality: CR } }
    colourise: {}
    recognise: true
    allowWithoutLungs: true
  - name: c
    skip: everything
  - name: a
    skip: x
    priority: 2
  - name: d
`);
    assert.deepEqual(lines, [
      'rules.yaml:3:5 rules[0].when - expected `trigger: stable-study` beside it, as the condition asks for the whole study',
      'rules.yaml:4:7 rules[0].when.modality - expected a DICOM keyword, gggg,eeee, or one of all, any, not, study, arrival, age, sample; did you mean Modality?',
      'rules.yaml:5:36 rules[0].when.PatientAge.range.from: "old" - expected an age: 45Y, 18M, 3W or 2D',
      'rules.yaml:6:36 rules[0].when.StudyDescription.matches: "(a" - expected an RE2 pattern (missing closing ): `(?i)(a`)',
      'rules.yaml:7:15 rules[0].when.Rows.matches - expected equals, in, range or exists; its values are a number',
      'rules.yaml:8:18 rules[0].when.PatientID: 77 - expected text: put it in quotes',
      'rules.yaml:9:7 rules[0].when.ViewCodeSequence - expected exists; it holds items (name an attribute in them after a dot)',
      'rules.yaml:10:7 rules[0].when.Modality.CodeValue - expected a sequence before the dot; Modality is CS',
      'rules.yaml:11:36 rules[0].when.KVP.range.to: 1 - expected no less than from',
      'rules.yaml:12:18 rules[0].when.StudyDate: "2026-02-30" - expected a date: YYYY-MM-DD, YYYYMMDD, today or today-30d',
      'rules.yaml:13:7 rules[0].when.PixelData - expected exists; it holds binary data',
      'rules.yaml:14:7 rules[0].when.Rows.family - expected a person name before .family; Rows is US',
      'rules.yaml:18:5 rules[0].allowWithoutLungs - expected no such key beside recognise, which leaves the verdict to the image check',
      'rules.yaml:21:11 rules[2].name: "a" - expected a name that no rule above has',
      'rules.yaml:21:11 rules[2].name: "a" - expected a place above rule \'c\', which has no condition and ends the list',
      'rules.yaml:23:5 rules[2].priority - expected no such key beside skip',
      'rules.yaml:24:5 rules[3]: "d" - expected either colourise or skip',
      'rules.yaml:24:11 rules[3].name: "d" - expected a place above rule \'c\', which has no condition and ends the list',
      'rules.yaml: 18 faults',
    ]);
  });

  it('says what was probably meant, also of what is no attribute', async () => {
    const shape = await check(`rules:
  - name: a
    when:
      arrival: { remoteAe: X, weekday: Sunday }
      sample: 200
      any: [{ arival: { remoteAE: X } }, { modality: [] }, { not: { Modalty: { inn: 3 } } }]
    skip: x
`);
    assert.deepEqual(shape, [
      'rules.yaml:4:18 rules[0].when.arrival.remoteAe - expected a known key; did you mean remoteAE?',
      'rules.yaml:4:40 rules[0].when.arrival.weekday: "Sunday" - expected Mon, Tue, Wed, Thu, Fri, Sat, Sun, or a list of them',
      'rules.yaml:5:15 rules[0].when.sample: 200 - expected a percentage above 0, at most 100, or a mapping with percent',
      'rules.yaml:6:15 rules[0].when.any[0].arival - expected a DICOM keyword, gggg,eeee, or one of all, any, not, study, arrival, age, sample; did you mean arrival?',
      'rules.yaml:6:44 rules[0].when.any[1].modality - expected a DICOM keyword, gggg,eeee, or one of all, any, not, study, arrival, age, sample; did you mean Modality?',
      'rules.yaml:6:69 rules[0].when.any[2].not.Modalty - expected a DICOM keyword, gggg,eeee, or one of all, any, not, study, arrival, age, sample; did you mean Modality?',
      'rules.yaml: 6 faults',
    ]);
    const meaning = await check(`rules:
  - name: a
    when:
      sampel: 10
      SourceApplicationEntityTitle: CR1
      age: { range: { from: 1890 } }
      StudyDate: { range: { from: today-30x } }
      arrival: { hour: late }
    colourise: {}
    offHours: { from: '19:00', to: '25:00' }
  - name: b
    trigger: stable-study
    when: { study: { some: { arrival: { hour: 1 } } } }
    colourise: {}
    offHours: { from: '07:00', to: '07:00' }
  - { name: c, skip: x, offHours: { from: '19', to: '7' } }
`);
    assert.deepEqual(meaning, [
      'rules.yaml:4:7 rules[0].when.sampel - expected a DICOM keyword, gggg,eeee, or one of all, any, not, study, arrival, age, sample; did you mean sample?',
      'rules.yaml:5:7 rules[0].when.SourceApplicationEntityTitle - expected an attribute of the data set; the archive keeps no file header. Who sent it: arrival: { remoteAE: ... }',
      'rules.yaml:6:29 rules[0].when.age.range.from: 1890 - expected an age: 45Y, 18M, 3W or 2D',
      'rules.yaml:7:35 rules[0].when.StudyDate.range.from: "today-30x" - expected a date: YYYY-MM-DD, YYYYMMDD, today or today-30d',
      'rules.yaml:8:24 rules[0].when.arrival.hour: "late" - expected a number',
      'rules.yaml:10:36 rules[0].offHours.to: "25:00" - expected a time: HH, HH:MM or HH:MM:SS',
      'rules.yaml:13:30 rules[1].when.study.some.arrival - expected no arrival inside study',
      'rules.yaml:15:36 rules[1].offHours.to: "07:00" - expected another time than from',
      'rules.yaml:16:25 rules[2].offHours - expected no such key beside skip',
      'rules.yaml: 9 faults',
    ]);
  });

  it('ends with 2 and lists the faults as JSON', async () => {
    await writeFile(file, 'rules: []');
    const { exitCode, text } = await rulesCheck(file, { json: true });
    assert.equal(exitCode, 2);
    assert.deepEqual(JSON.parse(text), {
      file,
      valid: false,
      faults: [
        {
          source: file,
          line: 1,
          column: 8,
          key: 'rules',
          value: 'a list',
          expected: 'a list with at least one entry',
        },
      ],
    });
  });

  it('refuses what is no YAML, no mapping, no file, or repeats a key', async () => {
    assert.match(
      (await check('rules: [a\nb: {'))[0] ?? '',
      /^rules\.yaml:\d+:\d+ YAML - expected valid YAML/,
    );
    assert.match(
      (await check(''))[0] ?? '',
      /^rules\.yaml:1:1 \(whole\) - expected a mapping of rules$/,
    );
    assert.match(
      (await check('rules: []\nrules: []'))[0] ?? '',
      /^rules\.yaml:2:1 YAML .*duplicate key/,
    );
    assert.equal((await rulesCheck('/nowhere.yaml', { json: false })).exitCode, 2);
  });

  const many = (count: number, line: (index: number) => string) =>
    Array.from({ length: count }, (_, index) => line(index)).join('\n');
  const patterns = "{ StudyDescription: { matches: '(a+)+$' } },".repeat(501);
  for (const [what, text, expected] of [
    ['explicit keys within each other', `${'? '.repeat(500)}a`, 'nesting of at most 32 levels'],
    ['brackets that never end', '['.repeat(200_000), 'nesting of at most 32 levels'],
    ['lists on one line', `${'- '.repeat(100_000)}a`, 'nesting of at most 32 levels'],
    ['an alias of itself', 'rules: &a [*a]', 'nesting of at most 32 levels'],
    ['a list of an alias', `a: &a [${'1,'.repeat(9_000)}]\nb: [${'*a,'.repeat(50)}]`, 'values'],
    ['very many keys', many(20_500, (n) => `k${n}: 1`), 'tokens'],
    ['empty lines', `${'\n'.repeat(200_000)}rules: []`, 'tokens'],
    ['a very long text', `rules: [] # ${'x'.repeat(262_144)}`, '262144 characters'],
    ['very many patterns', `rules: [{ when: { any: [${patterns}] } }]`, 'at most 500 patterns'],
  ] as const) {
    it(`refuses ${what} before it costs anything`, async () => {
      const lines = await check(text);
      assert.equal(lines.length, 2);
      assert.match(lines[0] ?? '', new RegExp(`YAML - expected .*${expected}`));
    });
  }

  it('takes 500 rules of usual size', () => {
    const text = many(
      500,
      (n) => `- name: r${n}
  when:
    Modality: { in: [CR, DX] }
    any:
      - { BodyPartExamined: { matches: 'chest|thorax' } }
      - { PatientAge: { range: { from: 18Y } } }
  colourise: [{ palette: amber }, { model: unet-resnet34 }]
  priority: 3`,
    );
    assert.equal(parseRules(`rules:\n${text}`, 'test').rules.length, 500);
  });

  it('lists 200 faults and says how many more there are, guesses at 50', () => {
    const text = many(400, (n) => `- { name: r${n}, when: { Modalty${n}: CR }, skip: x }`);
    assert.throws(
      () => parseRules(`rules:\n${text}`, 'test'),
      ({ message, faults }: ConfigInvalidError) => {
        assert.equal(faults.length, 200);
        assert.match(message, /\nand 200 more$/);
        assert.equal(faults.filter(({ expected }) => expected.includes('did you mean')).length, 50);
        return true;
      },
    );
  });

  it('ends soon on aliases that multiply', async () => {
    const bomb = [
      'a0: &a0 [x, x]',
      ...[1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => `a${n}: &a${n} [${`*a${n - 1}, `.repeat(9)}x]`),
    ];
    assert.match((await check([...bomb, 'rules: *a9'].join('\n')))[0] ?? '', /at most 100 aliases/);
  });
});

describe('rules version', () => {
  const version = (text: string) => parseRules(text, 'r').version;

  it('changes with what the rules say and not with comments or layout', () => {
    assert.equal(
      version('rules: [{ name: a, skip: b }]'),
      version('# x\nrules:\n  - name: a\n    skip: "b"\n'),
    );
    assert.notEqual(
      version('rules: [{ name: a, skip: b }]'),
      version('rules: [{ name: a, skip: c }]'),
    );
  });
});

describe('rules watcher', () => {
  const good = (reason: string) => `rules: [{ name: a, skip: ${reason} }]`;
  const fast = { pollMs: 20, settleMs: 5 };
  let watcher: RulesWatcher | undefined;

  /** At once, as editors do: a slow machine must not show the file half written. */
  async function replace(text: string): Promise<void> {
    await writeFile(`${file}.new`, text);
    await rename(`${file}.new`, file);
  }

  afterEach(() => watcher?.close());

  it('takes up a changed file, also when an editor replaces it', async () => {
    await writeFile(file, good('one'));
    const seen: string[] = [];
    watcher = await watchRules(file, { ...fast, onReload: ({ version }) => seen.push(version) });
    const before = watcher.current();
    await replace(good('two'));
    await until('the reload', () => seen.length === 1);
    assert.equal(watcher.current().version, seen[0]);
    assert.notEqual(watcher.current().version, before.version);
  });

  it('keeps the old rules over a broken edit, reports it once and recovers', async () => {
    await writeFile(file, good('one'));
    const faults: string[] = [];
    watcher = await watchRules(file, {
      ...fast,
      onFault: ({ code, message }) => faults.push(`${code} ${message}`),
    });
    const { version } = watcher.current();
    await replace('rules: [{ name: a }]');
    await until('the report', () => faults.length > 0);
    await watcher.reload();
    assert.equal(faults.length, 1);
    assert.match(faults[0] ?? '', /^CONFIG_INVALID .*\n.*either colourise or skip/);
    assert.equal(watcher.current().version, version);
    await replace(good('mended'));
    await watcher.reload();
    assert.notEqual(watcher.current().version, version);
  });

  it('keeps the old rules when the file is gone', async () => {
    await writeFile(file, good('one'));
    const faults: string[] = [];
    watcher = await watchRules(file, { ...fast, onFault: ({ message }) => faults.push(message) });
    const { version } = watcher.current();
    await rm(file);
    await until('the report', () => faults.length > 0);
    assert.equal(watcher.current().version, version);
  });

  it('refuses to start on broken rules', async () => {
    await writeFile(file, 'rules: 1');
    await assert.rejects(watchRules(file, fast), { code: 'CONFIG_INVALID' });
  });
});
