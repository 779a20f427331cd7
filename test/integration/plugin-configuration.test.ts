import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { orthancWithPlugin, StandInService } from './plugin-fixtures.js';

/** Reads JSON with whole-line comments, as Orthanc allows them. */
function readConfiguration(name: string): Record<string, unknown> {
  const text = readFileSync(`orthanc-config/${name}`, 'utf8');
  return JSON.parse(text.replace(/^\s*\/\/.*$/gm, '')) as Record<string, unknown>;
}

interface Button {
  readonly HttpMethod: string;
  readonly Url: string;
  readonly Payload: Readonly<Record<string, string>>;
}

describe('plugin: the configurations that we ship', function () {
  this.timeout(30_000);

  for (const name of ['orthanc.json', 'debian/colouriser.json', 'orthancteam/colouriser.json']) {
    it(`${name} holds settings that the plugin accepts`, async () => {
      const { Colouriser } = readConfiguration(name);
      const orthanc = await orthancWithPlugin(Colouriser as Record<string, unknown>);
      await orthanc.kill();
      assert.doesNotMatch(orthanc.log, /the plugin is off/);
    });
  }

  it('has buttons for Orthanc Explorer 2 whose requests the plugin accepts', async () => {
    const { OrthancExplorer2 } = readConfiguration('orthancteam/colouriser.json') as {
      OrthancExplorer2: { UiOptions: { CustomButtons: Record<string, Button[]> } };
    };
    const service = await new StandInService().start();
    const orthanc = await orthancWithPlugin({ Url: service.url });
    const answers: [string, number][] = [];
    for (const [level, [button]] of Object.entries(OrthancExplorer2.UiOptions.CustomButtons)) {
      if (!button) throw new Error(`no button for ${level}`);
      const uuid = '01234567-89abcdef-01234567-89abcdef-01234567';
      const answer = await fetch(new URL(button.Url, `${orthanc.url}/ui/app/index.html`), {
        method: button.HttpMethod,
        headers: { 'Content-Type': 'application/json', Origin: orthanc.url },
        body: JSON.stringify(button.Payload).replace('{UUID}', uuid),
      });
      answers.push([level, answer.status]);
    }
    await orthanc.kill();
    await service.stop();
    assert.deepEqual(answers, [
      ['study', 202],
      ['series', 202],
      ['instance', 202],
    ]);
    const levels = service.received.flatMap(({ path, body }) =>
      path === '/api/trigger' ? [(JSON.parse(body) as { level: string }).level] : [],
    );
    assert.deepEqual(levels, ['study', 'series', 'instance']);
  });
});
