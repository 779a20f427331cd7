import assert from 'node:assert/strict';
import { FakeService, fakeRows, serveFake } from '../support/fake-service.js';

const good = 'rules: [{ name: a, skip: b }]\n';

interface Verdict {
  readonly valid: boolean;
  readonly faults: readonly { readonly line?: number; readonly expected: string }[];
}

describe('rules over HTTP', () => {
  let service: FakeService;
  let server: Awaited<ReturnType<typeof serveFake>>;

  const ask = (method: string, path: string, body?: object) =>
    fetch(server.url + path, {
      method,
      ...(body && {
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(body),
      }),
    });
  const codeOf = async (answer: Response) => ((await answer.json()) as { code: string }).code;
  const check = async (rules: string) => {
    const answer = await ask('POST', '/api/rules/validate', { rules });
    assert.equal(answer.status, 200);
    return (await answer.json()) as Verdict;
  };

  beforeEach(async () => {
    service = new FakeService(fakeRows(4));
    server = await serveFake(service);
  });
  afterEach(() => server.close());

  it('are checked with every fault and its place, and changed by nobody who asks that', async () => {
    assert.deepEqual((await check(good)).faults, []);
    const { valid, faults } = await check('rules:\n  - { name: a }\n  - { nam: b, skip: c }\n');
    assert.equal(valid, false);
    assert.deepEqual([...new Set(faults.map(({ line }) => line))], [3]);
    assert.equal(service.rules.onDisk, undefined);
  });

  it('are saved over the text that was edited alone, with a line in the audit', async () => {
    const put = (rules: string, expected: string) => ask('PUT', '/api/rules', { rules, expected });
    assert.equal((await put(good, 'absent')).status, 200);
    const late = await put('rules: [{ name: late, skip: b }]', 'absent');
    assert.equal(late.status, 412);
    assert.equal(await codeOf(late), 'RULES_CHANGED');
    const { textHash } = await service.rules.state();
    const broken = await put('rules: [{ name: a }]', textHash);
    assert.equal(broken.status, 422);
    assert.equal(await codeOf(broken), 'CONFIG_INVALID');
    assert.equal((await ask('PUT', '/api/rules', { rules: good })).status, 400);
    assert.equal(service.rules.onDisk, good);
    const lines = service.audit.page({ limit: 10 }).map(({ action, outcome }) => [action, outcome]);
    assert.deepEqual(lines, [
      ['rules.change', 'failed'],
      ['rules.change', 'failed'],
      ['rules.change', 'done'],
    ]);
  });

  for (const [what, rules] of [
    ['keys within keys', `${'? '.repeat(500)}a`],
    ['brackets that never end', '['.repeat(200_000)],
    ['an alias of itself', 'rules: &a [*a]'],
    ['many aliases', `a: &a [${'x,'.repeat(9_000)}]\nrules: [${'*a,'.repeat(80)}]`],
    ['very many keys', Array.from({ length: 20_000 }, (_, n) => `k${n}: 1`).join('\n')],
  ] as const) {
    it(`are refused soon for ${what}, wherever they are sent`, async () => {
      const before = process.cpuUsage();
      assert.equal((await check(rules)).valid, false);
      assert.equal((await ask('PUT', '/api/rules', { rules, expected: 'absent' })).status, 422);
      // Processor time of this whole process, so that a busy machine does not count.
      assert.ok(process.cpuUsage(before).user < 5_000_000);
    });
  }

  for (const pattern of ['(a+)+$', '(a|aa)+$', '(.*a){20}$']) {
    it(`take ${pattern}, which cannot explode`, async () => {
      const rules = `rules: [{ name: a, when: { StudyDescription: { matches: '${pattern}' } }, skip: b }]`;
      assert.equal((await check(rules)).valid, true);
      assert.equal((await ask('PUT', '/api/rules', { rules, expected: 'absent' })).status, 200);
    });
  }

  it('are refused where they are too long', async () => {
    for (const path of ['/api/rules/validate', '/api/rules/rehearse']) {
      assert.equal((await ask('POST', path, { rules: 'x'.repeat(262_145) })).status, 400);
      assert.equal((await ask('POST', path, { rules: 'x'.repeat(600_000) })).status, 413);
    }
  });

  it('are found again by the version that decided', async () => {
    await ask('PUT', '/api/rules', { rules: good, expected: 'absent', note: 'why not' });
    const { textHash } = await service.rules.state();
    const other = 'rules: [{ name: other, skip: b }]';
    await ask('PUT', '/api/rules', { rules: other, expected: textHash });
    const version = service.rules.check(good).version ?? '';
    const found = await ask('GET', `/api/rules/versions?version=${version}`);
    const { versions } = (await found.json()) as { versions: { id: number; note: string }[] };
    assert.deepEqual(
      versions.map(({ id, note }) => [id, note]),
      [[1, 'why not']],
    );
    const now = (await service.rules.state()).textHash;
    const back = await ask('POST', '/api/rules/versions/1/return', { expected: now });
    assert.equal(back.status, 200);
    assert.equal(service.rules.onDisk, good);
    assert.equal(await codeOf(await ask('GET', '/api/rules/versions/99')), 'NOT_FOUND');
  });

  it('answer why an image was decided, or that no rule was asked', async () => {
    const rule = { rule: 'a', rulesVersion: '1', reason: 'because' };
    const explanation = { kind: 'any', text: 'first match of', truth: 'true', parts: [] } as const;
    const decidedAt = new Date();
    service.decisions.set('job-0', { ...rule, decidedAt, explanation, shortened: false });
    const told = await (await ask('GET', '/api/images/job-0/decision')).json();
    assert.deepEqual(told, {
      id: 'job-0',
      ...rule,
      decidedAt: decidedAt.toISOString(),
      explanation,
      shortened: false,
    });
    const untold = (await (await ask('GET', '/api/images/job-1/decision')).json()) as object;
    assert.ok(!('explanation' in untold));
    assert.equal((await ask('GET', '/api/images/none/decision')).status, 404);
  });
});
