import assert from 'node:assert/strict';
import { dirname, join } from 'node:path';
import { read } from '../support/documents.js';

/** Packages that are loaded together with a compiled module, whether or not anything of them is used. */
function packagesOf(entry: string): ReadonlySet<string> {
  const [seen, packages] = [new Set<string>(), new Set<string>()];
  const visit = (file: string) => {
    if (seen.has(file)) return;
    seen.add(file);
    const imports = read(file).matchAll(/^(?:import|export)\b(?:[^;']*? from)? '([^']+)'/gm);
    for (const [, name = ''] of imports) {
      if (name.startsWith('.')) visit(join(dirname(file), name));
      else if (!name.startsWith('node:')) packages.add(name);
    }
  };
  visit(join('dist/src', entry));
  return packages;
}

describe('what a part of the service loads before it is asked for anything', () => {
  const expectAbsent = (entry: string, unwanted: readonly string[]) => {
    const packages = packagesOf(entry);
    assert.deepEqual(
      unwanted.filter((name) => packages.has(name)),
      [],
      entry,
    );
    return packages;
  };

  it('has no picture encoder, mail, broker, tracing, sign-in, archive reader or dcmjs in the main thread', () => {
    const packages = expectAbsent('cli/main.js', [
      'sharp',
      'nodemailer',
      'amqplib',
      'openid-client',
      'yauzl',
      'tar-stream',
      '@opentelemetry/sdk-trace',
      'onnxruntime-node',
      'dcmjs',
      'dcmjs/dictionary',
    ]);
    assert.ok(packages.has('express') && packages.has('libsql'), 'the walk finds packages');
  });

  it('has no picture encoder, schemas, dictionary or network in the threads that read and draw', () => {
    const packages = expectAbsent('adapters/threads/picture-worker.js', [
      'sharp',
      'zod',
      'dcmjs',
      'dcmjs/dictionary',
      'onnxruntime-node',
      '@cornerstonejs/codec-charls',
      '@cornerstonejs/codec-openjpeg',
      'dcmjs-codecs',
    ]);
    assert.ok(packages.has('dicom-parser'), 'the walk finds packages');
  });

  it('has nothing but the runtime in the threads that run networks', () => {
    assert.deepEqual([...packagesOf('adapters/onnx/inference-worker.js')], ['onnxruntime-node']);
  });
});
