import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ShadowSummary } from '../../src/domain/shadow.js';
import { colourInstances } from '../support/archive.js';
import { runCommand } from '../support/command.js';
import { PrivateOrthanc } from '../support/orthanc.js';
import { temporaryFolder, until } from '../support/process.js';
import { serviceEnvironment, ServiceProcess } from '../support/service.js';
import { smallChestStudy } from '../support/studies.js';

describe('a model in the shadow of another', function () {
  this.timeout(180_000);
  let orthanc: PrivateOrthanc;
  let service: ServiceProcess;

  before(async () => {
    const rules = join(temporaryFolder(), 'rules.yaml');
    writeFileSync(rules, 'rules: [{ name: all, colourise: { shadow: autoencoder@1.0.0 } }]\n');
    orthanc = await PrivateOrthanc.start();
    service = await ServiceProcess.start(orthanc.url, { env: { COLOURISER_RULES_FILE: rules } });
  });
  after(async () => {
    await service.stop();
    await orthanc.kill();
  });

  const pairs = async (): Promise<readonly ShadowSummary[]> => {
    const { exitCode, json, stderr } = await runCommand(
      ['models', 'shadow', '--json'],
      serviceEnvironment(orthanc.url, service.dataFolder),
    );
    assert.equal(exitCode, 0, stderr);
    return (json as { pairs: ShadowSummary[] }).pairs;
  };

  it('is compared with it picture by picture, and stores nothing', async () => {
    const films = [smallChestStudy(1), smallChestStudy(2)];
    for (const { part10 } of films) await orthanc.upload(part10);
    const [pair] = await until(
      'both comparisons',
      async () => {
        const found = await pairs();
        return found[0]?.compared === films.length && found;
      },
      120_000,
      500,
    );
    assert.deepEqual(pair?.shadow, { model: 'autoencoder', modelVersion: '1.0.0' });
    assert.equal(pair.stored.model, 'evidence');
    assert.deepEqual(pair.faults, {});
    assert.ok((pair.inferMs?.median ?? 0) > 0);
    for (const { StudyInstanceUID } of films) {
      assert.equal((await colourInstances(orthanc, StudyInstanceUID)).length, 1);
    }
    const jobs = (await service.images()).filter(({ state }) => state === 'stored');
    assert.deepEqual(
      jobs.map(({ model }) => model),
      ['evidence', 'evidence'],
    );
  });
});
