import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readInstance } from '../../src/dicom/read-instance.js';
import { runCommand, type CommandResult } from '../support/command.js';
import { freePorts, temporaryFolder } from '../support/process.js';
import { PrivateOrthanc } from '../support/orthanc.js';
import { ServiceProcess, serviceEnvironment } from '../support/service.js';
import { brokenStudies, chestStudy, otherStudies } from '../support/studies.js';

interface Answer {
  readonly outcome: string;
  readonly code?: string;
  readonly reason?: string;
  readonly next?: string;
  readonly faults?: readonly { readonly key: string; readonly value?: string; expected: string }[];
  readonly [key: string]: unknown;
}

const folder = temporaryFolder();
const inFolder = (name: string) => join(folder, name);

function written(name: string, content: string | Uint8Array): string {
  const file = inFolder(name);
  writeFileSync(file, content);
  return file;
}

const answerOf = ({ json }: CommandResult) => json as Answer;

describe('the command line', function () {
  this.timeout(120_000);

  it('tells every fault of a configuration at once, with key, value and what was expected', async () => {
    const config = written(
      'bad.yaml',
      'orthanc: { url: "ftp://x", timeoutMs: 5 }\nworkers: { concurrency: many }\nqueue: { knid: embedded }\n',
    );
    const env = serviceEnvironment('http://127.0.0.1:1', folder, { COLOURISER_HTTP_PORT: '70000' });
    delete env['COLOURISER_ORTHANC_URL'];
    for (const command of ['serve', 'doctor', 'models']) {
      const result = await runCommand(['-c', config, '--json', command], env);
      assert.equal(result.exitCode, 2, command);
      const { code, faults = [] } = answerOf(result);
      assert.equal(code, 'CONFIG_INVALID');
      assert.deepEqual(faults.map(({ key }) => key).sort(), [
        'http.port',
        'orthanc.timeoutMs',
        'orthanc.url',
        'queue.knid',
        'workers.concurrency',
      ]);
      assert.ok(faults.every(({ expected }) => expected !== ''));
    }
    const { stderr, exitCode } = await runCommand(['-c', config, 'serve'], env);
    assert.equal(exitCode, 2);
    assert.match(stderr, /bad\.yaml:1:\d+ orthanc\.timeoutMs: 5 - expected .*1000/);
    assert.match(stderr, /bad\.yaml:2:\d+ workers\.concurrency: "many" - expected/);
    assert.match(stderr, /COLOURISER_HTTP_PORT http\.port: "?70000"? - expected/);
  });

  it('answers 2 to what it does not understand', async () => {
    for (const args of [
      ['colour'],
      ['colourise'],
      ['colourise', 'x', '--strength', '7'],
      ['colourise', 'x', '--compression', 'zip'],
      ['--no'],
    ]) {
      assert.equal((await runCommand(args)).exitCode, 2, args.join(' '));
    }
    const missing = await runCommand(['--json', 'colourise', inFolder('missing.dcm')]);
    assert.equal(missing.exitCode, 2);
    assert.equal(answerOf(missing).code, 'USAGE');
  });

  it('answers 0 to --help of every command, with an explanation', async () => {
    const commands = [
      [],
      ['serve'],
      ['work'],
      ['colourise'],
      ['rules'],
      ['rules', 'check'],
      ['rules', 'rehearse'],
      ['rules', 'explain'],
      ['models'],
      ['models', 'verify'],
      ['doctor'],
    ];
    for (const command of commands) {
      const { exitCode, stdout } = await runCommand([...command, '--help']);
      assert.equal(exitCode, 0, command.join(' '));
      assert.match(stdout, /Usage: colouriser/);
    }
  });

  it('colours a chest radiograph without any server: 0, and every key of the answer', async () => {
    const input = written('chest.dcm', chestStudy(2).part10);
    const [output, png] = [inFolder('out/colour.dcm'), inFolder('out/colour.png')];
    const result = await runCommand(['--json', 'colourise', input, '-o', output, '--png', png]);
    assert.equal(result.exitCode, 0, result.stderr);
    const { probability, timingsMs, ...rest } = answerOf(result);
    assert.deepEqual(rest, {
      outcome: 'written',
      output,
      png,
      model: 'evidence',
      version: rest['version'],
    });
    assert.equal(typeof rest['version'], 'string');
    assert.ok(Number(probability) > 0 && Number(probability) < 1);
    assert.ok(Number((timingsMs as Record<string, number>)['total']) > 0);
    assert.ok(existsSync(output) && existsSync(png));
    const packed = inFolder('packed.dcm');
    const args = ['--json', 'colourise', input, '-o', packed, '--compression', 'jpeg-ls'];
    assert.equal((await runCommand(args)).exitCode, 0);
    assert.equal(readInstance(readFileSync(packed)).transferSyntaxUID, '1.2.840.10008.1.2.4.80');
  });

  it('answers 3 to a picture without lungs, with code and reason', async () => {
    const ramp = otherStudies().find(({ name }) => name === 'a ramp')!;
    const result = await runCommand(['--json', 'colourise', written('ramp.dcm', ramp.part10)]);
    assert.equal(result.exitCode, 3);
    const { outcome, code, reason } = answerOf(result);
    assert.deepEqual([outcome, code], ['skipped', 'NO_LUNGS']);
    assert.notEqual(reason ?? '', '');
  });

  it('answers 4 to files that cannot be read, with code, reason and next step', async () => {
    const files = [
      ...brokenStudies().map(({ name, part10 }) => ({ name, part10 })),
      { name: 'no DICOM', part10: Buffer.from('hello') },
    ];
    for (const { name, part10 } of files) {
      const file = written('broken.dcm', part10);
      const result = await runCommand(['--json', 'colourise', file]);
      assert.equal(result.exitCode, 4, name);
      const { outcome, code, reason, next } = answerOf(result);
      assert.equal(outcome, 'failed');
      for (const told of [code, reason, next]) assert.ok(told, name);
    }
  });

  it('answers 5 when Orthanc is away, and doctor names the fault and the next step', async () => {
    const [port = 0] = await freePorts(1);
    const env = serviceEnvironment(`http://127.0.0.1:${port}`, temporaryFolder());
    const result = await runCommand(['doctor'], env);
    assert.equal(result.exitCode, 5);
    assert.match(result.stdout, /FAULT Orthanc: .*refused\n\s+→ Check that Orthanc runs/);
  });

  it('checks rules: 0 and 2', async () => {
    assert.equal((await runCommand(['rules', 'check'])).exitCode, 0);
    const bad = written('rules.yaml', 'rules:\n  - { name: x, colourise: { palette: green } }\n');
    const { exitCode, stdout, stderr } = await runCommand(['rules', 'check', bad]);
    assert.equal(exitCode, 2);
    assert.match(stdout + stderr, /rules\.yaml:2:\d+ .*palette/);
  });

  it('lists and verifies the models', async () => {
    for (const args of [['models'], ['models', 'verify']]) {
      const { exitCode, json } = await runCommand(['--json', ...args]);
      assert.equal(exitCode, 0);
      assert.match(JSON.stringify(json), /evidence/);
    }
  });
});

describe('two services', function () {
  this.timeout(120_000);

  it('do not share a data folder: the second says so and ends with 5', async () => {
    const orthanc = await PrivateOrthanc.start();
    const first = await ServiceProcess.start(orthanc.url);
    try {
      const second = await runCommand(['serve'], serviceEnvironment(orthanc.url, first.dataFolder));
      assert.equal(second.exitCode, 5);
      assert.match(second.stderr, /QUEUE_UNAVAILABLE: another process already writes/);
      assert.equal((await first.status()).state, 'ready');
    } finally {
      assert.equal(await first.stop(), 0);
      await orthanc.kill();
    }
  });
});
