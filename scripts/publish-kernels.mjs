/**
 * Compiles what is done to every pixel from AssemblyScript to WebAssembly, as text that the code imports. Run it when
 * src/imaging/assembly/ changes: node scripts/publish-kernels.mjs
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';
import * as prettier from 'prettier';

const root = fileURLToPath(new URL('..', import.meta.url));
const published = `${root}src/imaging/row-kernels-binary.ts`;

/** @returns the module `row-kernels-binary.ts` */
export async function compiledKernels() {
  let binary = new Uint8Array();
  const { error, stderr } = await asc.main(
    [
      ...['rows.ts', '--baseDir', `${root}src/imaging/assembly`, '--outFile', 'rows.wasm'],
      ...['-O3', '--enable', 'simd', '--runtime', 'stub', '--importMemory', '--noAssert'],
    ],
    {
      writeFile: (name, contents) => {
        if (name === 'rows.wasm') binary = contents;
      },
    },
  );
  if (error) throw new Error(stderr.toString() || error.message);
  const text = `/** WebAssembly of \`assembly/rows.ts\`, made by \`node scripts/publish-kernels.mjs\`. */
export const binary = '${Buffer.from(binary).toString('base64')}';
`;
  const options = await prettier.resolveConfig(published);
  return prettier.format(text, { ...options, filepath: published });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(published, await compiledKernels());
}
