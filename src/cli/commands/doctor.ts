import { accessSync, constants, mkdirSync, statfsSync } from 'node:fs';
import { openBroker, openPacs } from '../../compose/connections.js';
import { knownNames, openForwarder } from '../../compose/forwarding.js';
import { openColourTools } from '../../compose/tools.js';
import type { Settings } from '../../config/load-settings.js';
import { loadRules } from '../../config/load-rules.js';
import { asColouriseError, ColouriseError, errorKinds } from '../../domain/errors.js';
import { hardwareInWords } from '../../domain/hardware.js';
import { type ExitCode, exitCodes, type Output } from '../output.js';

interface Check {
  readonly name: string;
  readonly look: () => Promise<string> | string;
}

interface Finding {
  readonly check: string;
  readonly ok: boolean;
  readonly found: string;
  readonly code?: string;
  readonly next?: string;
}

const leastFreeBytes = 1024 ** 3;
const brokerPatienceMs = 10_000;

/** Looks at everything that the service needs and names each fault with its mend. */
export async function doctor(settings: Settings, output: Output): Promise<ExitCode> {
  const findings: Finding[] = [];
  for (const check of checksOf(settings)) {
    output.remark(`looking at ${check.name}`);
    findings.push(await findingOf(check));
  }
  const text = findings.map(({ ok, check, found, next }) =>
    ok ? `ok    ${check}: ${found}` : `FAULT ${check}: ${found}\n      → ${next ?? ''}`,
  );
  output.result({ healthy: findings.every(({ ok }) => ok), findings }, text.join('\n'));
  return findings.every(({ ok }) => ok) ? exitCodes.done : exitCodes.serverFailed;
}

async function findingOf({ name, look }: Check): Promise<Finding> {
  try {
    return { check: name, ok: true, found: await look() };
  } catch (thrown) {
    const { code, message: found } = asColouriseError(thrown);
    return { check: name, ok: false, found, code, next: errorKinds[code].next };
  }
}

function checksOf(settings: Settings): readonly Check[] {
  return [
    { name: 'Node.js', look: () => process.versions.node },
    { name: 'data folder', look: () => dataFolder(settings.data.folder) },
    {
      name: 'rules',
      look: async () =>
        `${(await loadRules(settings.rules.file, knownNames(settings))).rules.length} rules`,
    },
    { name: 'models', look: () => models(settings) },
    { name: 'Orthanc', look: () => orthanc(settings) },
    { name: 'DICOMweb', look: () => dicomWeb(settings) },
    ...Object.keys(settings.forward.destinations).map((name) => ({
      name: `destination ${name}`,
      look: () => destination(settings, name),
    })),
    ...(settings.queue.kind === 'rabbitmq'
      ? [{ name: 'RabbitMQ', look: () => broker(settings) }]
      : []),
  ];
}

function dataFolder(folder: string): string {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
  } catch (cause) {
    throw new ColouriseError('CONFIG_INVALID', `data.folder ${folder} cannot be written`, {
      cause,
    });
  }
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  if (free >= leastFreeBytes) return `${folder}, ${Math.round(free / leastFreeBytes)} GiB free`;
  throw new ColouriseError('QUEUE_UNAVAILABLE', `less than 1 GiB is free in ${folder}`);
}

async function models(settings: Settings): Promise<string> {
  const tools = await openColourTools(settings, { concurrency: 1 });
  try {
    const model = tools.registry.get(settings.models.default);
    await tools.networks.warm(model);
    const { name, version } = model.manifest;
    return `${name} ${version} answers its golden picture: ${hardwareInWords(tools.networks.provenance)}`;
  } finally {
    await tools.close();
  }
}

async function orthanc(settings: Settings): Promise<string> {
  const pacs = openPacs(settings);
  try {
    const { version, plugins } = await pacs.probe();
    const { last } = await pacs.changes(0, 1);
    return `${settings.orthanc.url} is Orthanc ${version} with ${plugins.join(', ') || 'no plugins'}; change ${last}`;
  } finally {
    pacs.close();
  }
}

async function dicomWeb(settings: Settings): Promise<string> {
  const pacs = openPacs(settings);
  try {
    const { dicomWeb: version } = await pacs.probe();
    if (version === undefined) {
      throw new ColouriseError('PACS_UNAVAILABLE', 'Orthanc runs without its DICOMweb plugin');
    }
    await pacs.findInstances({ limit: '1' });
    return `version ${version} answers at ${settings.orthanc.dicomWebRoot}`;
  } finally {
    pacs.close();
  }
}

/** Asks it as forwarding does after a fault: by QIDO-RS, C-ECHO or a question to the peer. */
async function destination(settings: Settings, name: string): Promise<string> {
  const pacs = openPacs(settings);
  const forwarder = openForwarder(settings, name, pacs);
  try {
    return await forwarder.probe();
  } finally {
    forwarder.close();
    pacs.close();
  }
}

/** Connects and declares the queues as the service does, so a queue with other arguments shows here. */
async function broker(settings: Settings): Promise<string> {
  const queue = openBroker(settings);
  try {
    const version = await queue.probe(brokerPatienceMs);
    const { ready, delayed, dead } = await queue.depth();
    return `RabbitMQ ${version}: ${ready} waiting, ${delayed} delayed, ${dead} dead`;
  } finally {
    await queue.close();
  }
}
