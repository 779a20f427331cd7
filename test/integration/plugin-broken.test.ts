import assert from 'node:assert/strict';
import { cpSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PrivateOrthanc } from '../support/orthanc.js';
import { startChild, temporaryFolder, until } from '../support/process.js';
import {
  orthancWithPlugin,
  pluginFolder,
  StandInService,
  tinyRadiograph,
} from './plugin-fixtures.js';

describe('plugin: nothing in it keeps Orthanc from starting', function () {
  this.timeout(60_000);
  let service: StandInService;
  let orthanc: PrivateOrthanc | undefined;
  beforeEach(async () => {
    service = await new StandInService().start();
  });
  afterEach(async () => {
    await orthanc?.kill();
    await service.stop();
  });

  /** A copy of the plugin, so that it can be damaged. */
  function copy(): string {
    const folder = temporaryFolder();
    cpSync(pluginFolder, folder, { recursive: true });
    return folder;
  }
  const startCopy = (folder: string, settings: Record<string, unknown> = {}) =>
    orthancWithPlugin(settings, {
      configuration: { PythonScript: join(folder, 'colouriser.py') },
    });
  const storesImages = async (server: PrivateOrthanc) => {
    assert.match(await server.upload(tinyRadiograph(1, 1)), /^[0-9a-f]{8}-/);
  };

  it('passes the unit tests of its Python', async () => {
    const tests = startChild('/usr/bin/python3', ['-B', '-m', 'unittest', '-q'], {
      cwd: pluginFolder,
    });
    let said = '';
    tests.stderr?.on('data', (data: Buffer) => (said += data.toString()));
    const code = await new Promise((done) => tests.once('close', done));
    assert.equal(code, 0, said);
    assert.match(said, /Ran [1-9]\d* tests/);
  });

  it('logs every fault of its settings, leaves the token out, and stays off', async () => {
    orthanc = await orthancWithPlugin({
      Url: 'ftp://elsewhere',
      Token: 'a token with blanks',
      TimeoutSeconds: 'soon',
      Buton: false,
    });
    for (const key of ['Url', 'Token', 'TimeoutSeconds', 'Buton']) {
      assert.match(orthanc.log, new RegExp(`the plugin is off: Colouriser\\.${key}`));
    }
    assert.equal(orthanc.log.includes('a token with blanks'), false);
    const answer = await fetch(`${orthanc.url}/colouriser/status`);
    assert.equal(answer.status, 503);
    assert.equal(((await answer.json()) as { state: string }).state, 'misconfigured');
    await storesImages(orthanc);
  });

  it('goes on without a section that is no object', async () => {
    orthanc = await orthancWithPlugin({}, { configuration: { Colouriser: 'http://wrong' } });
    assert.match(orthanc.log, /Colouriser: expected an object/);
    await storesImages(orthanc);
  });

  it('goes on when its folder is missing', async () => {
    const folder = copy();
    rmSync(join(folder, 'colouriser_plugin'), { recursive: true });
    orthanc = await startCopy(folder);
    assert.match(orthanc.log, /the plugin is off, .*Install the folder colouriser_plugin/);
    await storesImages(orthanc);
  });

  it('goes on when a file is damaged', async () => {
    const folder = copy();
    writeFileSync(join(folder, 'colouriser_plugin', 'courier.py'), 'class Courier(:\n');
    orthanc = await startCopy(folder);
    assert.match(orthanc.log, /the plugin is off, .*SyntaxError/);
    await storesImages(orthanc);
  });

  it('goes on without the button when its script is missing', async () => {
    const folder = copy();
    rmSync(join(folder, 'colouriser_plugin', 'explorer.js'));
    orthanc = await startCopy(folder, { Url: service.url });
    assert.match(orthanc.log, /without the button in Orthanc Explorer/);
    await until('the wake-up at the start', () => service.wakes.length > 0);
  });

  it('works from the script of a site that has a change callback of its own', async () => {
    const folder = copy();
    writeFileSync(
      join(folder, 'our_pacs.py'),
      [
        'import orthanc',
        'def on_change(change, level, resource):',
        '    colouriser.on_change(change, level, resource)',
        'orthanc.RegisterOnChangeCallback(on_change)',
        'import colouriser',
      ].join('\n'),
    );
    orthanc = await orthancWithPlugin(
      { Url: service.url },
      { configuration: { PythonScript: join(folder, 'our_pacs.py') } },
    );
    assert.match(orthanc.log, /call colouriser\.on_change from your own change callback/);
    await until('the wake-up at the start', () => service.wakes.length > 0);
    service.received.length = 0;
    await orthanc.upload(tinyRadiograph(1, 1));
    await until('the wake-up', () => service.wakes.length > 0);
  });
});
