import type { Settings } from '../../config/load-settings.js';
import { asColouriseError, errorKinds } from '../../domain/errors.js';
import { hardwareInWords } from '../../domain/hardware.js';
import { type InstalledModel, openRegistry } from '../../models/registry.js';
import { verifyWeights } from '../../models/weights.js';
import { parseReference } from '../../models/reference.js';
import { openColourTools } from '../../compose/tools.js';
import { type ExitCode, exitCodes, type Output } from '../output.js';

/** Lists what is installed. */
export async function listModels(settings: Settings, output: Output): Promise<ExitCode> {
  const { folder, installed: installedFolder } = settings.models;
  const registry = await openRegistry(folder, installedFolder);
  const { name, version } = parseReference(settings.models.default);
  const rows = registry.entries.map(({ model: { manifest }, state, installed }) => ({
    name: manifest.name,
    version: manifest.version,
    state,
    installed: installed !== undefined,
    kind: manifest.outputs.kind,
    default:
      manifest.name === name &&
      (version === undefined ? state === 'active' : manifest.version === version),
    meaning: manifest.meaning,
    licence: manifest.licence,
    sha256: manifest.weights.sha256,
  }));
  const text = rows.map(
    (row) =>
      `${row.default ? '*' : ' '} ${row.name.padEnd(16)} ${row.version.padEnd(8)} ${row.state.padEnd(11)} ${row.meaning}`,
  );
  output.result({ models: rows }, text.join('\n'));
  return exitCodes.done;
}

/** Holds every model against its hash and its golden picture, on the provider that is configured. */
export async function verifyModels(settings: Settings, output: Output): Promise<ExitCode> {
  const tools = await openColourTools(settings, { concurrency: 1 });
  const verify = async (model: InstalledModel) => {
    const { name, version } = model.manifest;
    output.remark(`checking ${name} ${version}`);
    try {
      await verifyWeights(model);
      await tools.networks.warm(model);
      return { name, version, ok: true };
    } catch (thrown) {
      const { code, message: reason } = asColouriseError(thrown);
      return { name, version, ok: false, code, reason, next: errorKinds[code].next };
    }
  };
  try {
    output.remark(hardwareInWords(tools.networks.provenance));
    const rows = [];
    for (const model of tools.registry.models) rows.push(await verify(model));
    const text = rows.map((row) =>
      row.ok
        ? `ok    ${row.name} ${row.version}`
        : `FAULT ${row.name} ${row.version}: ${row.reason ?? ''}\n      → ${row.next ?? ''}`,
    );
    output.result({ provider: tools.networks.provenance, models: rows }, text.join('\n'));
    return rows.every(({ ok }) => ok) ? exitCodes.done : exitCodes.serverFailed;
  } finally {
    await tools.close();
  }
}
