import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigInvalidError, faultLine } from '../../src/config/faults.js';
import { loadSettings, type Settings } from '../../src/config/load-settings.js';
import { options } from '../../src/config/settings.js';
import { temporaryFolder } from '../support/process.js';

const folder = temporaryFolder();

function written(text: string, name = 'colouriser.yaml'): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

function load(text: string, env: Readonly<Record<string, string>> = {}): Settings {
  return loadSettings(written(text), env);
}

function faults(
  text: string | undefined,
  env: Readonly<Record<string, string>> = {},
): readonly string[] {
  const file = text === undefined ? undefined : written(text);
  try {
    loadSettings(file, env);
  } catch (error) {
    assert(error instanceof ConfigInvalidError);
    assert.equal(error.code, 'CONFIG_INVALID');
    return error.faults.map((fault) => faultLine(fault).replace(`${folder}/`, ''));
  }
  return [];
}

describe('settings', () => {
  it('need neither a file nor an environment', () => {
    const settings = loadSettings(undefined, {});
    assert.equal(settings.orthanc.url, 'http://127.0.0.1:8042');
    assert.equal(settings.http.port, 8044);
    assert.equal(settings.queue.kind, 'embedded');
    assert.equal(settings.models.default, 'evidence');
    assert.equal(settings.data.folder, join(process.cwd(), 'var'));
    assert.match(settings.rules.file, /config\/rules\.yaml$/);
  });

  it('are what the environment says, over what the file says', () => {
    const settings = load('orthanc: { url: "http://a:1", timeoutMs: 2000 }\nqueue:\n', {
      COLOURISER_ORTHANC_URL: 'http://b:2',
      COLOURISER_HTTP_PORT: '0',
      COLOURISER_QUEUE_MAX_ATTEMPTS: '7',
      COLOURISER_LOG_LEVEL: '',
    });
    assert.equal(settings.orthanc.url, 'http://b:2');
    assert.equal(settings.orthanc.timeoutMs, 2000);
    assert.equal(settings.http.port, 0);
    assert.equal(settings.queue.maxAttempts, 7);
    assert.equal(settings.log.level, 'info');
  });

  it('take paths of the file from its folder and all others from the working directory', () => {
    const settings = load('data: { folder: ledger }\nrules: { file: /etc/rules.yaml }\n', {
      COLOURISER_MODELS_FOLDER: 'nets',
    });
    assert.equal(settings.data.folder, join(folder, 'ledger'));
    assert.equal(settings.rules.file, '/etc/rules.yaml');
    assert.equal(settings.models.folder, join(process.cwd(), 'nets'));
    assert.equal(load('http: { port: 1 }').data.folder, join(process.cwd(), 'var'));
  });

  it('name destinations in the file, or as JSON in the environment', () => {
    const text = `forward:
  destinations:
    research: { dicomweb: "https://r/dicom-web", username: u, passwordFile: secret }
    ws: { modality: WS1 }
`;
    assert.deepEqual(load(text).forward.destinations, {
      research: {
        dicomweb: 'https://r/dicom-web',
        username: 'u',
        passwordFile: join(folder, 'secret'),
      },
      ws: { modality: 'WS1' },
    });
    const variable = { COLOURISER_FORWARD_DESTINATIONS: '{"branch":{"peer":"b"}}' };
    assert.deepEqual(load(text, variable).forward.destinations, { branch: { peer: 'b' } });
  });

  it('refuse destinations that lead nowhere or in two directions', () => {
    const text = `forward:
  destinations:
    none: {}
    both: { modality: A, peer: B }
    login: { modality: A, username: u, passwordFile: p }
    half: { dicomweb: "http://h", username: u }
    open: { dicomweb: "http://u:hunter2@h" }
    odd: { peer: x, modalty: y }
`;
    assert.deepEqual(faults(text), [
      'colouriser.yaml:3:11 forward.destinations.none: a mapping - expected one of dicomweb, modality and peer',
      'colouriser.yaml:4:11 forward.destinations.both: a mapping - expected one of dicomweb, modality and peer',
      'colouriser.yaml:5:12 forward.destinations.login.dicomweb - expected an address, as credentials are given; those of modalities and peers stand in Orthanc',
      'colouriser.yaml:6:11 forward.destinations.half.passwordFile - expected a user and a file with the password, or neither',
      'colouriser.yaml:7:23 forward.destinations.open.dicomweb: "http://(hidden)@h" - expected no user or password in it: use username and passwordFile',
      'colouriser.yaml:8:21 forward.destinations.odd.modalty - expected a known key; did you mean modality?',
    ]);
    assert.deepEqual(faults('', { COLOURISER_FORWARD_DESTINATIONS: 'research' }), [
      'COLOURISER_FORWARD_DESTINATIONS forward.destinations: "research" - expected a mapping of names to destinations',
    ]);
  });

  it('read secrets from files, without the final line break', () => {
    const secret = written('0123456789abcdef\n', 'token');
    const settings = load('', {
      COLOURISER_HTTP_TOKEN_FILE: secret,
      COLOURISER_HTTP_HOST: '0.0.0.0',
    });
    assert.equal(settings.http.token, '0123456789abcdef');
  });

  it('report all faults at once with place, key, value and what was expected', () => {
    const text = `orthanc:
  url: localhost
  timeoutMs: 5
  passwrd: hunter2
http:
  host: 0.0.0.0
  port: 99999
queue: { kind: rabbitmq, retryBaseMs: 5000, retryMaxMs: 1000 }
inference: { provider: gpu }
limit: { maxPixels: 1 }
workers: many
`;
    assert.deepEqual(
      faults(text, { COLOURISER_RETENTION_DAYS: 'soon', COLOURISER_ORTHANC_UR: 'x' }),
      [
        'COLOURISER_RETENTION_DAYS retention.days: "soon" - expected a whole number of days, 0 to 36500',
        'COLOURISER_ORTHANC_UR COLOURISER_ORTHANC_UR - expected a known variable; did you mean COLOURISER_ORTHANC_URL?',
        'colouriser.yaml:2:8 orthanc.url: "localhost" - expected an address: http://host:port',
        'colouriser.yaml:3:14 orthanc.timeoutMs: 5 - expected a whole number of ms, 1000 to 600000',
        'colouriser.yaml:4:3 orthanc.passwrd - expected a known key; did you mean password?',
        'colouriser.yaml:7:9 http.port: 99999 - expected a whole number, 0 to 65535',
        'colouriser.yaml:8:8 queue.url - expected an address: amqp://user:password@host:5672, as queue.kind is not embedded',
        'colouriser.yaml:8:57 queue.retryMaxMs: 1000 - expected no less than queue.retryBaseMs',
        'colouriser.yaml:9:24 inference.provider: "gpu" - expected one of cpu, cuda, webgpu',
        'colouriser.yaml:10:1 limit - expected a known key; did you mean limits?',
        'colouriser.yaml:11:10 workers: "many" - expected a mapping of concurrency',
      ],
    );
  });

  it('refuse a batch that could never be full, and two sessions of webgpu', () => {
    const full =
      'expected no less than inference.batch (4 on a GPU if left out), as no batch would be full';
    assert.deepEqual(faults('inference: { provider: cuda }\nworkers: { concurrency: 3 }'), [
      `colouriser.yaml:2:25 workers.concurrency: 3 - ${full}`,
    ]);
    assert.deepEqual(faults('inference: { batch: 2 }\nworkers: { concurrency: 1 }'), [
      `colouriser.yaml:2:25 workers.concurrency: 1 - ${full}`,
    ]);
    assert.deepEqual(faults('inference: { provider: webgpu, sessions: 2 }'), [
      'colouriser.yaml:1:42 inference.sessions: 2 - expected 1, as two sessions of webgpu end the process',
    ]);
  });

  it('never echo a secret', () => {
    const all = [
      ...faults('http: { token: hunter2 }'),
      ...faults('http: { token: [hunter2] }'),
      ...faults('orthanc: { pasword: hunter2, password: { a: hunter2 } }'),
      ...faults('orthanc: { url: "http://admin:hunter2@pacs:8042" }'),
      ...faults('queue: { url: "http://admin:hunter2@mq" }'),
      ...faults('orthanc: [hunter2'),
      ...faults('- hunter2'),
      ...faults(undefined, { COLOURISER_HTTP_TOKEN: 'hunter2', COLOURISER_QUEUE_URL: 'hunter2' }),
    ];
    assert(all.length >= 9, all.join('\n'));
    assert.doesNotMatch(all.join('\n'), /hunter2/);
  });

  it('refuse a secret that is given twice or cannot be read', () => {
    assert.deepEqual(
      faults(undefined, {
        COLOURISER_HTTP_TOKEN: '0123456789abcdef',
        COLOURISER_HTTP_TOKEN_FILE: '/nowhere',
      }),
      [
        'COLOURISER_HTTP_TOKEN_FILE http.token - expected only one of COLOURISER_HTTP_TOKEN and COLOURISER_HTTP_TOKEN_FILE',
      ],
    );
    assert.deepEqual(faults(undefined, { COLOURISER_HTTP_TOKEN_FILE: '/nowhere' }), [
      'COLOURISER_HTTP_TOKEN_FILE http.token - expected a readable file (ENOENT)',
    ]);
  });

  it('want a user and a password together', () => {
    assert.equal(faults('orthanc: { username: u }').length, 1);
    assert.equal(faults('orthanc: { password: p }').length, 1);
    assert.equal(faults('orthanc: { username: u, password: p }').length, 0);
  });

  it('do not judge variables of the plugin that share the prefix', () => {
    const plugin = {
      COLOURISER_URL: 'http://x',
      COLOURISER_TOKEN: 't',
      COLOURISER_TOKEN_FILE: 'f',
    };
    assert.deepEqual(faults(undefined, plugin), []);
  });

  it('say which file cannot be read', () => {
    assert.throws(
      () => loadSettings('/nowhere.yaml', {}),
      /\/nowhere\.yaml .*readable file \(ENOENT\)/,
    );
  });

  it('have one variable for each option', () => {
    const names = options.flatMap(({ variable, node }) =>
      node.secret === true ? [variable, `${variable}_FILE`] : [variable],
    );
    assert.equal(new Set(names).size, names.length);
    assert(names.includes('COLOURISER_ORTHANC_DICOM_WEB_ROOT'));
  });
});
