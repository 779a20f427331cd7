import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePorts, type Household, type Servant, untilReady } from './household.js';

export type OrthancSource = 'packages' | 'container';

export interface OrthancPlan {
  readonly url: string;
  readonly httpPort: number;
  readonly dicomPort: number;
  /** Where the plugin finds the colouriser. */
  readonly colouriserUrl: string;
}

/** Tried against its documentation only: the tests run the Orthanc of Debian. */
const image = 'orthancteam/orthanc:25.12.3';
const pluginFolder = '/usr/share/orthanc/plugins';
const pythonScript = fileURLToPath(new URL('../../../plugin/colouriser.py', import.meta.url));

export async function planOrthanc(colouriserUrl: string): Promise<OrthancPlan> {
  const [httpPort = 0, dicomPort = 0] = await freePorts(2);
  return { url: `http://127.0.0.1:${httpPort}`, httpPort, dicomPort, colouriserUrl };
}

/** Resolves once DICOMweb answers. @throws Obstacle with Orthanc's last lines */
export async function startOrthanc(
  source: OrthancSource,
  plan: OrthancPlan,
  household: Household,
): Promise<void> {
  const servant =
    source === 'packages' ? startProgram(plan, household) : startContainer(plan, household);
  // A first start of the container fetches its image.
  const timeoutMs = source === 'packages' ? 30_000 : 600_000;
  await untilReady(
    servant,
    async () => {
      const answer = await fetch(`${plan.url}/dicom-web/studies?limit=1`).catch(() => undefined);
      return answer?.ok === true ? true : undefined;
    },
    timeoutMs,
  );
}

function startProgram(plan: OrthancPlan, household: Household): Servant {
  const storage = join(household.folder, 'orthanc');
  mkdirSync(storage);
  const file = join(household.folder, 'orthanc.json');
  writeFileSync(file, JSON.stringify(configuration(plan, storage), undefined, 2));
  return household.start('Orthanc', '/usr/sbin/Orthanc', [file], {
    ...process.env,
    PYTHONPYCACHEPREFIX: join(household.folder, 'python'),
  });
}

/** Loopback only, nothing kept: see orthanc-config/orthanc.json for each line's meaning. */
function configuration(plan: OrthancPlan, storage: string): Readonly<Record<string, unknown>> {
  return {
    Name: 'Colouriser demo',
    StorageDirectory: storage,
    IndexDirectory: storage,
    Plugins: ['DicomWeb', 'Python', 'WebViewer'].map(
      (plugin) => `${pluginFolder}/libOrthanc${plugin}.so`,
    ),
    HttpPort: plan.httpPort,
    DicomPort: plan.dicomPort,
    RemoteAccessAllowed: false,
    AuthenticationEnabled: false,
    StableAge: 2,
    StorageCompression: false,
    HttpCompressionEnabled: false,
    OverwriteInstances: false,
    DicomWeb: { Enable: true, Root: '/dicom-web/' },
    PythonScript: pythonScript,
    Colouriser: { Url: plan.colouriserUrl },
  };
}

/**
 * Without the plugin: from inside a container the colouriser's loopback address is out of reach,
 * so it learns of new images by its own look at the change log, twice a second.
 */
function startContainer(plan: OrthancPlan, household: Household): Servant {
  const name = `colouriser-demo-${process.pid}`;
  household.onClose(() => {
    spawnSync('docker', ['rm', '--force', name], { stdio: 'ignore' });
  });
  const environment = {
    DICOM_WEB_PLUGIN_ENABLED: 'true',
    ORTHANC_WEB_VIEWER_PLUGIN_ENABLED: 'true',
    ORTHANC__NAME: 'Colouriser demo',
    ORTHANC__AUTHENTICATION_ENABLED: 'false',
    ORTHANC__STORAGE_COMPRESSION: 'false',
    ORTHANC__HTTP_COMPRESSION_ENABLED: 'false',
  };
  return household.start('Orthanc in a container', 'docker', [
    'run',
    '--rm',
    ...['--name', name],
    ...['--publish', `127.0.0.1:${plan.httpPort}:8042`],
    ...Object.entries(environment).flatMap(([key, value]) => ['--env', `${key}=${value}`]),
    image,
  ]);
}
