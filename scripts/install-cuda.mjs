/**
 * Puts the CUDA provider of ONNX Runtime beside its Node package:
 *   npm run install-cuda                          the package's own installer, under a time-out
 *   npm run install-cuda -- --from FOLDER         files that were brought here by hand
 *   npm run install-cuda -- --timeout-s 1200
 * Ends with 1 when the files are not of the runtime's very version, or libraries that they need are not there.
 * Anew after each `npm ci`, which throws the files away.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync, renameSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';

const required = ['libonnxruntime_providers_shared.so', 'libonnxruntime_providers_cuda.so'];
/** The driver comes with the machine, not with what is built here. */
const ofTheDriver = 'libcuda.so.1';

function giveUp(message) {
  console.error(`✗ ${message}`);
  process.exit(1);
}

function options() {
  try {
    const { values } = parseArgs({
      options: { from: { type: 'string' }, 'timeout-s': { type: 'string', default: '900' } },
    });
    const timeoutMs = Number(values['timeout-s']) * 1000;
    if (!(timeoutMs > 0 && timeoutMs <= 86_400_000)) giveUp('--timeout-s: 1 to 86400 seconds');
    return { from: values.from, timeoutMs };
  } catch (error) {
    return giveUp(error.message);
  }
}

const { from, timeoutMs } = options();
if (process.platform !== 'linux' || process.arch !== 'x64') {
  giveUp(`the CUDA provider is made for linux/x64, this is ${process.platform}/${process.arch}`);
}
const manifest = createRequire(import.meta.url).resolve('onnxruntime-node/package.json');
const { version } = JSON.parse(readFileSync(manifest, 'utf8'));
const folder = join(dirname(manifest), 'bin/napi-v6/linux/x64');

if (from === undefined) download();
else copy();
check();

function download() {
  console.log(`• the installer of onnxruntime-node ${version} fetches the files (several 100 MB)`);
  const script = join(dirname(manifest), 'script/install.js');
  const env = { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'true' };
  const run = { env, stdio: 'inherit', timeout: timeoutMs, killSignal: 'SIGKILL' };
  const { status, error } = spawnSync(process.execPath, [script], run);
  if (status === 0) return;
  const why = error?.code === 'ETIMEDOUT' ? `was not done in ${timeoutMs / 1000} s` : 'failed';
  giveUp(`the installer ${why}: behind a proxy set GLOBAL_AGENT_HTTPS_PROXY, or use --from`);
}

function copy() {
  const absent = required.filter((file) => !existsSync(join(from, file)));
  if (absent.length > 0) giveUp(`not in ${from}: ${absent.join(', ')}`);
  for (const file of required) assertVersion(join(from, file));
  for (const file of required) {
    copyFileSync(join(from, file), join(folder, `${file}.part`));
    renameSync(join(folder, `${file}.part`), join(folder, file));
  }
}

/** A provider of another version loads and fails later, or not at all. */
function assertVersion(file) {
  if (!file.endsWith('_cuda.so')) return;
  if (readFileSync(file).includes(`\0${version}\0`)) return;
  giveUp(`${file} is not of ONNX Runtime ${version}: never mix versions`);
}

function check() {
  const absent = required.filter((file) => !existsSync(join(folder, file)));
  if (absent.length > 0) giveUp(`not installed: ${absent.join(', ')}`);
  const provider = join(folder, 'libonnxruntime_providers_cuda.so');
  assertVersion(provider);
  const { stdout = '' } = spawnSync('ldd', [provider], { encoding: 'utf8', timeout: 30_000 });
  const missing = [...stdout.matchAll(/^\s*(\S+) => not found/gm)].map(([, name]) => name);
  const ours = missing.filter((name) => name !== ofTheDriver);
  if (ours.length > 0) giveUp(`installed, but it needs ${ours.join(', ')}`);
  console.log(`✓ CUDA provider ${version} in ${folder}`);
  if (missing.length > 0)
    console.log('• no NVIDIA driver here: the machine that runs it needs one');
  console.log('• it also needs cuDNN 9, which shows in the first run only:');
  console.log('    bin/colouriser models verify --provider cuda');
}
