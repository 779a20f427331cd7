import type { Settings } from '../../config/load-settings.js';
import { asColouriseError, errorKinds } from '../../domain/errors.js';
import { hardwareInWords } from '../../domain/hardware.js';
import { type InstalledModel, openRegistry, verifyWeights } from '../../models/registry.js';
import { openColourTools } from '../../compose/tools.js';
import { type ExitCode, exitCodes, type Output } from '../output.js';

/** Lists what is installed. */
export async function listModels(settings: Settings, output: Output): Promise<ExitCode> {
  const registry = await openRegistry(settings.models.folder);
  const rows = registry.models.map(({ manifest }) => ({
    name: manifest.name,
    version: manifest.version,
    kind: manifest.outputs.kind,
    default: manifest.name === settings.models.default,
    meaning: manifest.meaning,
    licence: manifest.licence,
    sha256: manifest.weights.sha256,
  }));
  const text = rows.map(
    (row) =>
      `${row.default ? '*' : ' '} ${row.name.padEnd(16)} ${row.version.padEnd(8)} ${row.meaning}`,
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
