import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stow } from '../support/archive.js';
import { runCommand } from '../support/command.js';
import { settled } from '../support/end-state.js';
import { PrivateOrthanc } from '../support/orthanc.js';
import { assertNamesNobody } from '../support/people.js';
import { temporaryFolder, until } from '../support/process.js';
import { ServiceProcess, serviceEnvironment } from '../support/service.js';
import { brokenStudies } from '../support/studies.js';

interface Told {
  readonly data: {
    readonly subject: string;
    readonly events: readonly { readonly condition: string; readonly state: string }[];
  };
}

const good = 'rules: [{ name: chest, colourise: {}, allowWithoutLungs: true }]';

/** One story: each part goes on from what the one before left. */
describe('somebody is told', function () {
  this.timeout(180_000);
  const folder = temporaryFolder();
  const rulesFile = join(folder, 'rules.yaml');
  const got: string[] = [];
  let status = 500;
  const hook = createServer((request, response) => {
    let body = '';
    request.on('data', (data: Buffer) => (body += data.toString()));
    request.on('end', () => {
      if (status === 200) got.push(body);
      response.writeHead(status).end();
    });
  });
  let orthanc: PrivateOrthanc;
  let service: ServiceProcess;
  let env: Record<string, string>;

  before(async () => {
    await new Promise<void>((resolve) => hook.listen(0, '127.0.0.1', resolve));
    writeFileSync(rulesFile, good);
    const { port } = hook.address() as { port: number };
    env = {
      COLOURISER_RULES_FILE: rulesFile,
      COLOURISER_NOTIFY_WEBHOOK_URL: `http://127.0.0.1:${port}/`,
      COLOURISER_NOTIFY_PAUSE_MS: '1000',
      COLOURISER_NOTIFY_PATIENCE_MS: '0',
    };
    orthanc = await PrivateOrthanc.start();
    service = await ServiceProcess.start(orthanc.url, { env });
  });
  after(async () => {
    await service.stop();
    await orthanc.kill();
    hook.closeAllConnections();
    hook.close();
  });

  const events = () =>
    got
      .map((body) => JSON.parse(body) as Told)
      .flatMap(({ data }) => data.events.map(({ condition, state }) => `${state} ${condition}`));
  const told = (event: string) =>
    until(`'${event}' to be told`, () => events().includes(event), 60_000);

  it('of failed images, though the webhook was away at first, and without a name', async () => {
    const broken = brokenStudies().slice(0, 2);
    await Promise.all(broken.map(({ part10 }) => stow(orthanc, part10)));
    await settled(service, broken);
    await until('a delivery to fail', () => /nobody was told/.test(service.log), 60_000);
    status = 200;
    await told('raised dead-letters');
  });

  it('of rules that are not taken, and when they are', async () => {
    writeFileSync(rulesFile, `${good} nonsense`);
    await told('raised rules-fault');
    writeFileSync(rulesFile, good);
    await told('resolved rules-fault');
  });

  it('of an archive that is away and comes back', async () => {
    await orthanc.kill();
    await told('raised archive-away');
    await orthanc.resume();
    await told('resolved archive-away');
  });

  it('nothing twice, also after a restart', async () => {
    await service.kill();
    await service.resume();
    await until('it to follow', async () => (await service.status()).state !== 'starting');
    writeFileSync(rulesFile, `${good} nonsense`);
    await until(
      'the second fault',
      () => {
        return events().filter((event) => event === 'raised rules-fault').length === 2;
      },
      60_000,
    );
    assert.equal(events().filter((event) => event === 'raised dead-letters').length, 1);
    writeFileSync(rulesFile, good);
  });

  it('when a network does not get to its gate: once, however often it is started again', async () => {
    await service.stop();
    got.length = 0;
    const given = serviceEnvironment(orthanc.url, service.dataFolder, {
      ...env,
      COLOURISER_MODELS_DEFAULT: 'nobody',
      COLOURISER_NOTIFY_PAUSE_MS: '1000',
    });
    for (let start = 0; start < 2; start++) {
      const { exitCode, stderr } = await runCommand(['serve'], given);
      assert.equal(exitCode, 5, stderr);
    }
    assert.deepEqual(
      events().filter((event) => event.endsWith('model-gate')),
      ['raised model-gate'],
    );
  });

  it('by a command, for trial', async () => {
    got.length = 0;
    const given = serviceEnvironment(orthanc.url, service.dataFolder, env);
    const { exitCode, json } = await runCommand(['notify', 'test', '--json'], given);
    assert.equal(exitCode, 0);
    assert.deepEqual((json as { results: unknown }).results, [
      { channel: 'webhook', delivered: true },
    ]);
    assert.deepEqual(events(), ['raised trial']);
    status = 500;
    assert.equal((await runCommand(['notify', 'test'], given)).exitCode, 5);
    const silent = { ...given, COLOURISER_NOTIFY_WEBHOOK_URL: '' };
    assert.equal((await runCommand(['notify', 'test'], silent)).exitCode, 2);
  });

  it('and names nobody', () => {
    assertNamesNobody(got.join(), 'a message');
    assertNamesNobody(service.log, 'the log');
  });
});
