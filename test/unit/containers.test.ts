import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { options } from '../../src/config/settings.js';

interface Service {
  readonly environment: Readonly<Record<string, string>>;
  readonly volumes: readonly string[];
}

const compose = parse(readFileSync('docker-compose.yml', 'utf8')) as {
  readonly services: { readonly orthanc: Service; readonly colouriser: Service };
};
const dockerfile = readFileSync('Dockerfile', 'utf8');

describe('docker-compose.yml', () => {
  it('sets only variables that the service reads', () => {
    const known = new Set(options.flatMap(({ variable }) => [variable, `${variable}_FILE`]));
    const unknown = Object.keys(compose.services.colouriser.environment).filter(
      (name) => !known.has(name),
    );
    assert.deepEqual(unknown, []);
  });

  it('mounts only files that exist', () => {
    const { orthanc, colouriser } = compose.services;
    for (const volume of [...orthanc.volumes, ...colouriser.volumes]) {
      const [source = ''] = volume.split(':');
      if (source.startsWith('./')) assert.ok(existsSync(source), source);
    }
  });

  it('opens ports to this machine only', () => {
    const text = readFileSync('docker-compose.yml', 'utf8');
    const published = [...text.matchAll(/- '([\d.]*):?\d+:\d+'/g)].map(([, address]) => address);
    assert.ok(published.length >= 3);
    assert.ok(published.every((address) => address === '127.0.0.1'));
  });
});

describe('Dockerfile', () => {
  it('copies everything that the package ships for running', () => {
    const { files } = JSON.parse(readFileSync('package.json', 'utf8')) as { files: string[] };
    // What belongs to Orthanc's side, or to a reader, is mounted or stays in the checkout.
    const elsewhere = new Set(['plugin', 'orthanc-config', 'docs', 'NOTICE']);
    for (const file of files.filter((name) => !elsewhere.has(name))) {
      assert.match(dockerfile, new RegExp(`COPY --from=build /app/${file} `), file);
    }
  });

  it('does not run as root', () => {
    assert.match(dockerfile, /^USER node$/m);
  });
});
