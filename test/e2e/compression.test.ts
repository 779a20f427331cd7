import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeColour } from '../../src/dicom/decode-colour.js';
import { readInstance } from '../../src/dicom/read-instance.js';
import type { SweepReport } from '../../src/domain/sweep.js';
import { colourInstances, fileOf, stow } from '../support/archive.js';
import { runCommand } from '../support/command.js';
import { settled } from '../support/end-state.js';
import { PrivateOrthanc } from '../support/orthanc.js';
import { temporaryFolder, until } from '../support/process.js';
import { type ImageAnswer, ServiceProcess, serviceEnvironment } from '../support/service.js';
import { chestStudy } from '../support/studies.js';

const transferSyntaxes = {
  none: '1.2.840.10008.1.2.1',
  rle: '1.2.840.10008.1.2.5',
  'jpeg-ls': '1.2.840.10008.1.2.4.80',
  'jpeg-2000': '1.2.840.10008.1.2.4.90',
} as const;
const ways = Object.keys(transferSyntaxes) as (keyof typeof transferSyntaxes)[];
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** One story: each part goes on from what the one before left. */
describe('colour that a rule packs', function () {
  this.timeout(240_000);
  const folder = temporaryFolder();
  const study = chestStudy(2);
  let orthanc: PrivateOrthanc;
  let research: PrivateOrthanc;
  let service: ServiceProcess;
  let rows: Readonly<Record<keyof typeof transferSyntaxes, ImageAnswer>>;

  before(async () => {
    [orthanc, research] = await Promise.all([PrivateOrthanc.start(), PrivateOrthanc.start()]);
    const actions = ways.map(
      (way) => `      - { model: evidence, compression: ${way}, forward: research }`,
    );
    const rules = ['rules:', '  - name: chest', '    colourise:', ...actions, ''];
    writeFileSync(join(folder, 'rules.yaml'), rules.join('\n'));
    service = await ServiceProcess.start(orthanc.url, {
      env: {
        COLOURISER_RULES_FILE: join(folder, 'rules.yaml'),
        COLOURISER_FORWARD_DESTINATIONS: JSON.stringify({
          research: { dicomweb: `${research.url}/dicom-web` },
        }),
      },
    });
  });
  after(async () => {
    await service.stop();
    await Promise.all([orthanc, research].map((each) => each.kill()));
  });

  const command = async <T>(...args: readonly string[]): Promise<T> => {
    const env = serviceEnvironment(orthanc.url, service.dataFolder, {
      COLOURISER_HTTP_PORT: new URL(service.url).port,
    });
    const { json, stderr, exitCode } = await runCommand([...args, '--json'], env);
    assert.equal(exitCode, 0, stderr + JSON.stringify(json));
    return (json as { report: T }).report;
  };
  const outputOf = (way: keyof typeof rows) => rows[way].output?.SOPInstanceUID ?? '';

  it('is stored in its transfer syntax, as a series of its own, with the pixels of the plain one', async () => {
    await stow(orthanc, study.part10);
    await settled(service, [study]);
    const decided = await service.rowsOf(study.SOPInstanceUID);
    rows = Object.fromEntries(
      decided.map((row) => [row.compression ?? 'none', row]),
    ) as unknown as typeof rows;
    assert.deepEqual(Object.keys(rows).sort(), [...ways].sort());
    const pixels = new Set<string>();
    for (const way of ways) {
      assert.equal(rows[way].state, 'stored', rows[way].reason);
      assert.equal('compress' in rows[way].timingsMs, way !== 'none');
      const instance = readInstance(await fileOf(orthanc, outputOf(way)));
      assert.equal(instance.transferSyntaxUID, transferSyntaxes[way]);
      pixels.add(sha256((await decodeColour(instance, { maxPixels: 1_000_000 })).rgb));
    }
    assert.equal(pixels.size, 1);
    const series = ways.map((way) => rows[way].output?.SeriesInstanceUID);
    assert.equal(new Set(series).size, ways.length);
  });

  it('is known again as our own, and is previewed as the plain one', async () => {
    for (const way of ways) {
      await until('it to be met in the change log', async () => {
        const met = await service.rowsOf(outputOf(way));
        return met.some(({ code }) => code === 'OWN_OUTPUT');
      });
    }
    const previews = new Set<string>();
    for (const way of ways) {
      const answer = await fetch(`${service.url}/api/images/${rows[way].id}/after.png?width=400`);
      assert.equal(answer.status, 200);
      previews.add(sha256(Buffer.from(await answer.arrayBuffer())));
    }
    assert.equal(previews.size, 1);
  });

  it('goes on to another server as it is', async () => {
    const { StudyInstanceUID } = study;
    const there = () =>
      colourInstances(research, StudyInstanceUID).then((held) => held.length === ways.length);
    await until('all of it to be forwarded', there, 60_000);
    for (const way of ways) {
      const [here, sent] = [
        await fileOf(orthanc, outputOf(way)),
        await fileOf(research, outputOf(way)),
      ];
      assert.ok(here.equals(sent), way);
    }
  });

  it('is found whole by a sweep, and withdrawn with its model', async () => {
    const { missing, compared, findings } = await command<SweepReport>('sweep', '--since', '2d');
    assert.equal(missing, 0);
    assert.equal(compared, ways.length);
    assert.ok(Object.values(findings).every((count) => count === 0));
    const { withdrawn } = await command<{ withdrawn: number }>(
      ...['withdraw', '--model', 'evidence', '--version', '1.3.0', '--rate', '50'],
    );
    assert.equal(withdrawn, ways.length);
    assert.deepEqual(await colourInstances(orthanc, study.StudyInstanceUID), []);
  });
});
