import { options } from '../../src/config/settings.js';
import { filesBelow, read } from './documents.js';

/** Every environment variable that the service, the command line or the plugin reads. */
export function settingsVariables(): ReadonlySet<string> {
  const service = options.flatMap(({ variable, node }) =>
    node.secret === true ? [variable, `${variable}_FILE`] : [variable],
  );
  const literals = ['src/cli', 'plugin/colouriser_plugin', 'scripts']
    .flatMap((folder) => ['.ts', '.py', '.mjs'].flatMap((ending) => filesBelow(folder, ending)))
    .concat('plugin/colouriser.lua')
    .flatMap((path) => [...read(path).matchAll(/COLOURISER_[A-Z_]+[A-Z]/g)])
    .map(([name]) => name);
  return new Set([...service, ...literals]);
}
