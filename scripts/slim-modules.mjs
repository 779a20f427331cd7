/**
 * Removes from installed packages what no running program reads: source maps, types, and native files for other
 * platforms. For container images only:
 *   node scripts/slim-modules.mjs node_modules
 */
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

const [folder] = process.argv.slice(2);
if (folder === undefined || !existsSync(folder)) {
  console.error('usage: node scripts/slim-modules.mjs <node_modules>');
  process.exit(2);
}

/** The runtime ships every platform in one package. */
const natives = join(folder, 'onnxruntime-node/bin/napi-v6');
const kept = join(process.platform, process.arch);

let freed = 0;
function remove(path) {
  freed += sizeOf(path);
  rmSync(path, { recursive: true });
}

function sizeOf(path) {
  const { size } = statSync(path);
  if (!statSync(path).isDirectory()) return size;
  return readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0);
}

for (const platform of existsSync(natives) ? readdirSync(natives) : []) {
  for (const arch of readdirSync(join(natives, platform))) {
    if (join(platform, arch) !== kept) remove(join(natives, platform, arch));
  }
}
for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
  const isUnread = /\.(map|d\.[cm]?ts|tsbuildinfo)$/.test(entry.name);
  if (entry.isFile() && isUnread) remove(join(entry.parentPath, entry.name));
}
console.log(`${Math.round(freed / 1024 ** 2)} MB removed`);
