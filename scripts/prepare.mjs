/**
 * Installs what a demo or a test run needs and is missing; plain Node, so that it runs before anything else.
 * Every step says what it does; what cannot be mended ends with one line that says how to.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

/** A Debian package and a file that it brings. */
const orthanc = [
  ['orthanc', '/usr/sbin/Orthanc'],
  ['orthanc-dicomweb', '/usr/share/orthanc/plugins/libOrthancDicomWeb.so'],
  ['orthanc-python', '/usr/share/orthanc/plugins/libOrthancPython.so'],
  ['orthanc-webviewer', '/usr/share/orthanc/plugins/libOrthancWebViewer.so'],
];

const pydicom = [
  ['python3-pydicom', '/usr/lib/python3/dist-packages/pydicom/__init__.py'],
  ['python3-numpy', '/usr/lib/python3/dist-packages/numpy/__init__.py'],
];

const openCvPeer = [
  ...pydicom,
  ['python3-opencv', '/usr/share/doc/python3-opencv/copyright'],
  ['python3-onnx', '/usr/lib/python3/dist-packages/onnx/__init__.py'],
  ['python3-requests', '/usr/lib/python3/dist-packages/requests/__init__.py'],
];

export const packages = {
  demo: orthanc,
  benchCheck: [...orthanc, ...openCvPeer],
  bench: [
    ...orthanc,
    ...openCvPeer,
    ['python3-skimage', '/usr/lib/python3/dist-packages/skimage/__init__.py'],
  ],
  test: [
    ...orthanc,
    ['dcmtk', '/usr/bin/dcmj2pnm'],
    ['dicom3tools', '/usr/bin/dciodvfy'],
    ['libgdcm-tools', '/usr/bin/gdcmconv'],
    ...pydicom,
    ['python3-onnx', '/usr/lib/python3/dist-packages/onnx/__init__.py'],
    ['python3-pil', '/usr/lib/python3/dist-packages/PIL/__init__.py'],
    ['python3-torch', '/usr/lib/python3/dist-packages/torch/__init__.py'],
    ['python3-onnx', '/usr/lib/python3/dist-packages/onnx/__init__.py'],
    ['chromium', '/usr/bin/chromium'],
    ['rabbitmq-server', '/usr/lib/rabbitmq/bin/rabbitmq-server'],
  ],
};

/** One line, then exit code 1: never a stack trace for what the reader can mend. */
export function giveUp(message) {
  console.error(`\n✗ ${message}`);
  process.exit(1);
}

/** Progress goes to standard error, what children print as well: standard output is for results. */
function step(message) {
  console.error(`• ${message}`);
}

function run(command, args, options = {}) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: [0, 2, 2], ...options });
  return error === undefined && status === 0;
}

export function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  giveUp(`Node ${process.versions.node} is too old: install Node 20.19 or later.`);
}

/** The npm packages as locked. The runtime's own installer would fetch CUDA files that a CPU does not need. */
export function installNpmPackages() {
  if (matchesLock()) return;
  step('installing the npm packages (once)');
  const env = { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' };
  if (!run('npm', ['ci', '--no-fund', '--no-audit', '--loglevel=error'], { env })) {
    giveUp('npm ci failed: look at its message above; behind a proxy set HTTPS_PROXY.');
  }
}

/**
 * Whether what is installed is what is locked. By content, because a checkout touches the lock's time.
 * Optional packages are for other platforms where they are missing.
 */
function matchesLock() {
  const installedLock = `${root}node_modules/.package-lock.json`;
  if (!existsSync(installedLock)) return false;
  const packagesOf = (file) => JSON.parse(readFileSync(file, 'utf8')).packages;
  const installed = packagesOf(installedLock);
  const locked = Object.entries(packagesOf(`${root}package-lock.json`));
  return locked.every(
    ([path, { version, optional }]) =>
      path === '' || installed[path]?.version === version || (optional && !installed[path]),
  );
}

export function build() {
  step('building');
  if (!run('npm', ['run', '--silent', 'build'])) giveUp('the build failed: see above.');
}

/** True once every package is there. */
export function installSystemPackages(wanted) {
  const missing = wanted.filter(([, file]) => !existsSync(file)).map(([name]) => name);
  if (missing.length === 0) return true;
  if (!isDebian()) return false;
  const sudo = process.getuid?.() === 0 ? [] : ['sudo', '-n'];
  const apt = (...args) => {
    const [command, ...rest] = [...sudo, 'apt-get', '-qq', ...args];
    return run(command, rest, {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
  };
  step(`installing ${missing.join(', ')} (once)`);
  const installed =
    apt('install', '-y', '--no-install-recommends', ...missing) ||
    (apt('update') && apt('install', '-y', '--no-install-recommends', ...missing));
  if (!installed) {
    giveUp(
      `cannot install packages: run 'apt-get install ${missing.join(' ')}' as root, then again.`,
    );
  }
  return true;
}

function isDebian() {
  return (
    existsSync('/etc/os-release') &&
    /^ID(_LIKE)?=.*(debian|ubuntu)/m.test(readFileSync('/etc/os-release', 'utf8')) &&
    spawnSync('apt-get', ['--version']).status === 0
  );
}
