import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import express, { type Request, type Response } from 'express';

const run = promisify(execFile);

/**
 * Kept out of package.json: 200 MB, of which the viewer itself is a third, for two tests.
 * The digest is the one that npm calls `integrity`.
 */
const ohif = {
  version: '3.13.2',
  sha512:
    'WZdxmpmG7rqFgW9ZJLcbgr3XCtLi1KDNPoMaeY5PPe6j4G4fjEjjkycZM6C6Zk2F87BKxFfpq+jd5xXZB9E8EA==',
} as const;

/** Parts for segmentation networks and for microscopy. */
const unused = ['package/dist/ort', 'package/dist/dicom-microscopy-viewer', '*.map'];

/**
 * The folder of the built viewer: `OHIF_DIST`, or fetched once by npm and kept beside the packages.
 * @throws when npm cannot fetch it, or what came is not what was expected
 */
export async function ohifFolder(): Promise<string> {
  const given = process.env['OHIF_DIST'];
  if (given !== undefined) return given;
  const cache = join(process.cwd(), 'node_modules/.cache');
  const folder = join(cache, `ohif-${ohif.version}`);
  if (existsSync(folder)) return folder;
  mkdirSync(cache, { recursive: true });
  const work = mkdtempSync(join(cache, 'ohif-'));
  try {
    const archive = await fetchArchive(work);
    const excluded = unused.map((path) => `--exclude=${path}`);
    await run('tar', ['-xzf', archive, '-C', work, ...excluded, 'package/dist']);
    renameSync(join(work, 'package/dist'), folder);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return folder;
}

async function fetchArchive(work: string): Promise<string> {
  const name = `@ohif/app@${ohif.version}`;
  await run('npm', ['pack', name, '--silent', '--pack-destination', work], {
    timeout: 240_000,
  }).catch((cause: unknown) => {
    throw new Error(`npm cannot fetch ${name}: go online once, or name its folder in OHIF_DIST`, {
      cause,
    });
  });
  const archive = join(work, `ohif-app-${ohif.version}.tgz`);
  const sha512 = createHash('sha512').update(readFileSync(archive)).digest('base64');
  if (sha512 !== ohif.sha512) throw new Error(`${name} came with another digest: ${sha512}`);
  return archive;
}

/** OHIF and an Orthanc's DICOMweb behind one address, as a reverse proxy would set them up. */
export async function serveOhif(
  folder: string,
  orthancUrl: string,
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const app = express();
  app.get('/app-config.js', (_, response) => {
    response.type('js').send(`window.config = ${JSON.stringify(configuration)};`);
  });
  app.use('/dicom-web', (incoming, outgoing) => {
    pass(orthancUrl, incoming, outgoing);
  });
  app.use(express.static(folder));
  app.get('/{*path}', (_, response) => {
    response.sendFile('index.html', { root: folder });
  });
  const server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

function pass(orthancUrl: string, incoming: Request, outgoing: Response): void {
  const { accept = '*/*', host = '' } = incoming.headers;
  const headers = { accept, host };
  request(orthancUrl + incoming.originalUrl, { method: incoming.method, headers }, (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(outgoing);
  })
    .on('error', () => outgoing.status(502).end())
    .end();
}

/** OHIF's own example for Orthanc, on our paths and without its dialogs. */
const configuration = {
  routerBasename: '/',
  extensions: [],
  modes: [],
  showStudyList: true,
  maxNumberOfWebWorkers: 1,
  investigationalUseDialog: { option: 'never' },
  defaultDataSourceName: 'orthanc',
  dataSources: [
    {
      namespace: '@ohif/extension-default.dataSourcesModule.dicomweb',
      sourceName: 'orthanc',
      configuration: {
        friendlyName: 'Orthanc',
        name: 'orthanc',
        qidoRoot: '/dicom-web',
        wadoRoot: '/dicom-web',
        wadoUriRoot: '/dicom-web',
        qidoSupportsIncludeField: false,
        imageRendering: 'wadors',
        thumbnailRendering: 'wadors',
        enableStudyLazyLoad: true,
        supportsWildcard: true,
        omitQuotationForMultipartRequest: true,
      },
    },
  ],
};
