import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { download } from '../../src/adapters/models/download.js';
import { installModel } from '../../src/adapters/models/install-model.js';
import { checkModel } from '../../src/adapters/onnx/check-model.js';
import { readInstance } from '../../src/dicom/read-instance.js';
import { textOf } from '../../src/domain/dicom-json.js';
import { Tag } from '../../src/domain/tags.js';
import { openRegistry } from '../../src/models/registry.js';
import { phantomFile } from '../support/coloured-study.js';
import { runCommand } from '../support/command.js';
import {
  hashOfFile,
  installTools,
  modelFiles,
  sha256,
  tarEntries,
  tarOf,
} from '../support/model-packages.js';
import { temporaryFolder } from '../support/process.js';

/** The example of docs/models.md, made and packed as it says there. */
function exampleOfDocument(): string {
  const [, example = ''] = readFileSync('docs/models.md', 'utf8').split('<!-- example:');
  const block = (language: string) =>
    new RegExp('```' + language + '\n([^]*?)```').exec(example)?.[1] ?? '';
  const folder = temporaryFolder();
  const model = join(folder, 'bright');
  mkdirSync(model);
  execFileSync('/usr/bin/python3', ['-c', block('python')], { cwd: model });
  writeFileSync(join(model, 'manifest.json'), block('json'));
  writeFileSync(join(model, 'card.md'), '# bright 1.0.0: brightness\n\nNo medical meaning.\n');
  execFileSync(process.execPath, ['scripts/manifest-golden.mjs', model]);
  execFileSync('tar', ['-czf', 'bright-1.0.0.tar.gz', 'bright'], { cwd: folder });
  return join(folder, 'bright-1.0.0.tar.gz');
}

describe("a third party's model", function () {
  this.timeout(180_000);
  let example: string;
  const data = temporaryFolder();
  const env = { ...process.env, COLOURISER_DATA_FOLDER: data };
  const run = async (...args: readonly string[]) => {
    const { exitCode, json, stderr } = await runCommand(['--json', ...args], env);
    return { exitCode, answer: json as Record<string, unknown>, stderr };
  };
  before(() => {
    example = exampleOfDocument();
  });

  it('is installed from the file that docs/models.md makes, and colours a phantom without code', async () => {
    const hash = hashOfFile(example);
    const wrong = await run('models', 'install', example, '--sha256', '0'.repeat(64));
    assert.deepEqual([wrong.exitCode, wrong.answer['code']], [4, 'MODEL_REFUSED']);
    const installed = await run('models', 'install', example, '--sha256', hash);
    assert.equal(installed.exitCode, 0, installed.stderr);
    assert.deepEqual(
      ['outcome', 'name', 'version', 'active'].map((key) => installed.answer[key]),
      ['installed', 'bright', '1.0.0', true],
    );

    const [input, output] = [join(data, 'in.dcm'), join(data, 'out.dcm')];
    writeFileSync(
      input,
      phantomFile({ seed: 6, opacity: 'right-lower', Columns: 500, Rows: 600 }, 1),
    );
    const coloured = await run('colourise', input, '-o', output, '--model', 'bright@1.0.0');
    assert.equal(coloured.exitCode, 0, JSON.stringify(coloured.answer));
    assert.deepEqual([coloured.answer['model'], coloured.answer['version']], ['bright', '1.0.0']);
    const { attributes } = readInstance(readFileSync(output));
    const description = textOf(attributes, Tag.DerivationDescription) ?? '';
    assert.match(description, /Colour by model bright 1\.0\.0 .*CC0 1\.0/);
    assert.match(description, /Colour strength means 'Brightness' by this model/);
  });

  it('is listed with its state, and stays explained after it was removed', async () => {
    assert.equal((await run('models', 'remove', 'bright@1.0.0')).exitCode, 0);
    const { answer } = await run('models');
    const rows = answer['models'] as readonly Record<string, unknown>[];
    const states = rows.map(({ name, version, state }) => [name, version, state].join(' '));
    assert.ok(states.includes('bright 1.0.0 removed') && states.includes('evidence 1.3.0 active'));
    const described = await run('models', 'describe', 'bright@1.0.0');
    assert.match(String(described.answer['card']), /No medical meaning/);
    const refused = await run('models', 'remove', 'evidence@1.3.0');
    assert.deepEqual([refused.exitCode, refused.answer['code']], [2, 'USAGE']);
  });

  it('is killed when it does not answer its golden picture in time', async () => {
    const { models } = await openRegistry('models');
    const [model] = models;
    assert.ok(model);
    await assert.rejects(checkModel(model, 1), { code: 'MODEL_REFUSED' });
  });
});

describe('a model from an address', () => {
  let files: Promise<string>;
  before(() => {
    files = tarOf(tarEntries(modelFiles()));
  });

  /** Answers on loopback while `use` runs. */
  async function served(answer: RequestListener, use: (origin: string) => Promise<void>) {
    const server = createServer(answer).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    try {
      await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    } finally {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  }

  it('is fetched over a redirect, checked and installed; its record has no query', async () => {
    const body = readFileSync(await files);
    const answer: RequestListener = ({ url }, response) => {
      if (url?.startsWith('/old') === true) response.writeHead(302, { location: '/new' }).end();
      else response.end(body);
    };
    await served(answer, async (origin) => {
      const tools = installTools();
      const request = { sha256: sha256(body), dryRun: false, activate: false };
      await installModel({ ...request, source: `${origin}/old?key=secret` }, tools);
      const record = readFileSync(join(tools.installed, 'made-up/1.0.0/installed.json'), 'utf8');
      assert.ok(record.includes(`${origin}/old`) && !record.includes('secret'));
    });
  });

  it('is given up after three redirects, on an error, when it is too large, silent or slow', async () => {
    const answer: RequestListener = ({ url }, response) => {
      if (url === '/loop') response.writeHead(302, { location: '/loop' }).end();
      else if (url === '/gone') response.writeHead(404).end();
      else if (url === '/file') response.writeHead(302, { location: 'file:///etc/passwd' }).end();
      else if (url === '/large') response.end(Buffer.alloc(100_000));
      else response.write('a beginning');
    };
    await served(answer, async (origin) => {
      const limits = { maxBytes: 50_000, timeoutMs: 20_000, silenceMs: 20_000 };
      const folder = temporaryFolder();
      const fetched = (path: string, change: object = {}) =>
        download(`${origin}/${path}`, join(folder, path), { ...limits, ...change });
      const failed = (message: RegExp) => ({ code: 'DOWNLOAD_FAILED', message });
      await assert.rejects(fetched('loop'), failed(/more than 3 redirects/));
      await assert.rejects(fetched('gone'), failed(/status 404/));
      await assert.rejects(fetched('file'), failed(/leads to file:/));
      await assert.rejects(fetched('large'), { code: 'MODEL_REFUSED' });
      await assert.rejects(
        fetched('silent', { silenceMs: 200 }),
        failed(/nothing came for 200 ms/),
      );
      await assert.rejects(fetched('slow', { timeoutMs: 200 }), failed(/time/));
    });
  });

  it('leaves nothing when it cannot be had', async () => {
    await served(
      (_, response) => response.writeHead(500).end(),
      async (origin) => {
        const tools = installTools();
        const request = { sha256: '0'.repeat(64), dryRun: false, activate: false };
        await assert.rejects(installModel({ ...request, source: `${origin}/x.zip` }, tools), {
          code: 'DOWNLOAD_FAILED',
        });
        assert.deepEqual(readdirSync(tools.installed), []);
      },
    );
  });
});
