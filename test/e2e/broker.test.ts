import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writePhantoms } from '../../src/cli/commands/phantom.js';
import type { ShadowSummary } from '../../src/domain/shadow.js';
import type { ServiceStatus } from '../../src/http/api.js';
import { runCommand } from '../support/command.js';
import { PrivateOrthanc } from '../support/orthanc.js';
import { endChild, freePorts, startChild, temporaryFolder, until } from '../support/process.js';
import { PrivateRabbitMq } from '../support/rabbitmq.js';

const images = 12;

interface Series {
  readonly MainDicomTags: { readonly SeriesDescription?: string };
  readonly Instances: readonly string[];
}

describe('serve and two workers around RabbitMQ', function () {
  this.timeout(300_000);
  let orthanc: PrivateOrthanc;
  let rabbit: PrivateRabbitMq;
  let env: NodeJS.ProcessEnv;
  let page: string;
  let log = '';
  const started: ChildProcess[] = [];

  // Fresh ones for each try: a second one would find the pictures and the processes of the first.
  beforeEach(async () => {
    const rules = join(temporaryFolder(), 'rules.yaml');
    writeFileSync(rules, 'rules: [{ name: all, colourise: { shadow: autoencoder } }]\n');
    [orthanc, rabbit] = await Promise.all([PrivateOrthanc.start(), PrivateRabbitMq.start()]);
    const [port = 0] = await freePorts(1);
    page = `http://127.0.0.1:${port}`;
    env = {
      ...process.env,
      COLOURISER_ORTHANC_URL: orthanc.url,
      COLOURISER_HTTP_PORT: `${port}`,
      COLOURISER_QUEUE_KIND: 'rabbitmq',
      COLOURISER_QUEUE_URL: rabbit.url,
      COLOURISER_WORKERS_CONCURRENCY: '1',
      COLOURISER_RULES_FILE: rules,
    };
  });
  afterEach(async () => {
    await Promise.all(started.map((child) => endChild(child)));
    await Promise.all([orthanc.kill(), rabbit.kill()]);
    started.length = 0;
    log = '';
  });

  const run = (command: 'serve' | 'work', folder = temporaryFolder()) => {
    const child = startChild(process.execPath, ['dist/src/cli/main.js', command], {
      env: { ...env, COLOURISER_DATA_FOLDER: folder },
    });
    const keep = (data: Buffer) => (log += data.toString());
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
    started.push(child);
    return child;
  };
  const balance = async () => {
    const answer = await fetch(`${page}/api/status`).catch(() => undefined);
    return answer?.ok ? ((await answer.json()) as ServiceStatus).balance : undefined;
  };
  const stored = (count: number) =>
    until(`${count} stored`, async () => ((await balance())?.stored ?? 0) >= count, 120_000).catch(
      (error: unknown) => {
        throw new Error(`${String(error)}\n${log.slice(-5_000)}\n${rabbit.log.slice(-5_000)}`);
      },
    );

  it('gives each image one colour instance, though a worker is killed and the broker loses power', async () => {
    const phantoms = await writePhantoms({
      folder: join(temporaryFolder(), 'phantoms'),
      count: images,
      seed: 40,
      Columns: 500,
      Rows: 600,
    });
    const upload = async (from: number, to: number) => {
      for (const { file } of phantoms.slice(from, to)) await orthanc.upload(readFileSync(file));
    };
    const folder = temporaryFolder();
    const serve = run('serve', folder);
    const [first, second] = [run('work'), run('work')];

    await upload(0, 6);
    await stored(2);
    await endChild(first, 'SIGKILL');
    await upload(6, 9);
    await stored(4);
    await rabbit.kill('SIGKILL');
    await upload(9, images);
    await rabbit.resume();
    const third = run('work');
    await stored(images);

    // The colour instances arrive as well, and are known as our own.
    await until('all arrivals', async () => (await balance())?.skipped === images, 30_000);
    assert.deepEqual(
      await balance(),
      { undecided: 0, pending: 0, stored: images, skipped: images, failed: 0 },
      log.slice(-5_000),
    );
    await until(
      'what the shadow came to on a worker',
      async () => {
        const told = await runCommand(['models', 'shadow', '--json'], {
          ...env,
          COLOURISER_DATA_FOLDER: folder,
        });
        const { pairs = [] } = told.json as { readonly pairs?: readonly ShadowSummary[] };
        return (pairs[0]?.compared ?? 0) > 0;
      },
      60_000,
      500,
    );
    const studies = await orthanc.json<string[]>('/studies');
    assert.equal(studies.length, images);
    for (const study of studies) {
      const series = await orthanc.json<Series[]>(`/studies/${study}/series`);
      assert.deepEqual(
        series.map(({ Instances }) => Instances.length),
        [1, 1],
      );
    }

    for (const child of [second, third, serve]) {
      const stopping = performance.now();
      await endChild(child, 'SIGTERM');
      assert.equal(child.exitCode, 0);
      assert.ok(performance.now() - stopping < 20_000);
    }
  });
});

it('a worker refuses the embedded queue', async () => {
  const { exitCode, stderr } = await runCommand(['work'], {
    ...process.env,
    COLOURISER_QUEUE_KIND: 'embedded',
  });
  assert.equal(exitCode, 2);
  assert.match(stderr, /serve does all work itself/);
});
