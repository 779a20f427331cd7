import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { createServer } from 'node:https';
import { join } from 'node:path';
import {
  createOrthancPacs,
  type OrthancOptions,
  type OrthancPacs,
} from '../../src/adapters/orthanc/orthanc-pacs.js';
import { joined } from '../../src/ports/byte-source.js';
import { encoded, refOf, rejects, sameBytes } from '../contract/pacs-contract.js';
import { PrivateOrthanc, type OrthancOptions as OrthancSetup } from '../support/orthanc.js';
import { makeCertificate } from '../support/certificate.js';
import { makePart10 } from '../support/part10.js';
import { freePorts, temporaryFolder } from '../support/process.js';

function connect(url: string, options: Partial<OrthancOptions> = {}): OrthancPacs {
  const defaults = { dicomWebRoot: 'dicom-web', timeoutMs: 10_000, maxBytes: 64 << 20 };
  return createOrthancPacs({ url, ...defaults, ...options });
}

describe('Orthanc on what came by DICOM', () => {
  it('knows who sent it and whom the sender called', async () => {
    const orthanc = await PrivateOrthanc.start({ configuration: { DicomCheckCalledAet: false } });
    const pacs = connect(orthanc.url);
    try {
      const file = join(temporaryFolder(), 'image.dcm');
      writeFileSync(file, makePart10().part10);
      const called = ['-aet', 'CR1', '-aec', 'COLOUR', '127.0.0.1', String(orthanc.dicomPort)];
      execFileSync('storescu', [...called, file], { stdio: 'ignore' });
      const [arrival] = (await pacs.changes(0, 1)).changes;
      const { receivedAt, ...sender } = (await pacs.reception(arrival?.orthancId ?? '')) ?? {};
      assert.deepEqual(sender, {
        remoteAE: 'CR1',
        calledAE: 'COLOUR',
        remoteIP: '127.0.0.1',
        origin: 'DicomProtocol',
      });
      assert.ok(Math.abs(Date.now() - (receivedAt?.getTime() ?? 0)) < 60_000);
    } finally {
      pacs.close();
      await orthanc.kill();
    }
  });
});

describe('Orthanc with a login', () => {
  const password = 'correct: hörse';
  let orthanc: PrivateOrthanc;
  before(async () => {
    orthanc = await PrivateOrthanc.start({
      configuration: {
        AuthenticationEnabled: true,
        RegisteredUsers: { colouriser: password },
        DefaultEncoding: 'Utf8',
      },
    });
  });
  after(() => orthanc.kill());

  it('lets the right password through, in REST, search, metadata, retrieval and store', async () => {
    const pacs = connect(orthanc.url, { username: 'colouriser', password });
    const image = makePart10();
    await pacs.store(encoded(image));
    assert.ok((await pacs.changes(0, 10)).changes.length > 0);
    assert.equal((await pacs.findInstances({ SOPInstanceUID: image.SOPInstanceUID })).length, 1);
    assert.ok(await pacs.metadata(refOf(image)));
    assert.ok(sameBytes(await pacs.retrieve(refOf(image)), image.part10));
  });

  it('says PACS_UNAUTHORISED for a wrong or missing password, and never repeats it', async () => {
    // 22.5 MB: Orthanc answers 401 long before it has read them.
    const large = makePart10({ side: 3354 });
    for (const credentials of [{ username: 'colouriser', password: 'wrong-secret' }, {}]) {
      const pacs = connect(orthanc.url, credentials);
      for (const attempt of [
        () => pacs.changes(0, 1),
        () => pacs.findInstances({ limit: '1' }),
        () => pacs.metadata(refOf(large)),
        () => pacs.retrieve(refOf(large)),
        () => pacs.store(encoded(large)),
        () => pacs.probe(),
      ]) {
        await assert.rejects(attempt(), (thrown: Error & { code?: string }) => {
          assert.equal(thrown.code, 'PACS_UNAUTHORISED', thrown.message);
          assert.doesNotMatch(thrown.message, /wrong-secret|colouriser/);
          return true;
        });
      }
    }
  });
});

describe('Orthanc that cannot or will not store', () => {
  let orthanc: PrivateOrthanc | undefined;
  const start = async (options?: OrthancSetup) => {
    orthanc = await PrivateOrthanc.start(options);
    return connect(orthanc.url);
  };
  afterEach(() => orthanc?.kill());

  it('says STORAGE_FULL', async () => {
    const pacs = await start({ configuration: { MaximumStorageSize: 1 } });
    const image = makePart10({ side: 1300 });
    await rejects(pacs.store(encoded(image)), 'STORAGE_FULL', /storage is full/);
  });

  it('says PACS_REJECTED where a filter script refused the instance', async () => {
    const script = join(temporaryFolder(), 'filter.lua');
    writeFileSync(script, 'function ReceivedInstanceFilter(dicom, origin) return false end\n');
    const pacs = await start({ configuration: { LuaScripts: [script] } });
    const image = makePart10();
    await rejects(pacs.store(encoded(image)), 'PACS_REJECTED', /filter/);
    assert.equal(await pacs.retrieve(refOf(image)), undefined);
  });

  it('says PACS_REJECTED for bytes that are not DICOM', async () => {
    const pacs = await start();
    const instance = { ...encoded(makePart10()), ...joined([Buffer.from('not DICOM at all')]) };
    await rejects(pacs.store(instance), 'PACS_REJECTED');
  });
});

describe('Orthanc as doctor sees it', () => {
  let orthanc: PrivateOrthanc | undefined;
  afterEach(() => orthanc?.kill());

  it('names its version, its plugins and the version of DICOMweb', async () => {
    orthanc = await PrivateOrthanc.start();
    const system = await orthanc.json<{ Version: string }>('/system');
    const plugin = await orthanc.json<{ Version: string }>('/plugins/dicom-web');
    assert.deepEqual(await connect(orthanc.url).probe(), {
      version: system.Version,
      dicomWeb: plugin.Version,
      plugins: ['dicom-web'],
    });
  });

  it('has no DICOMweb when the plugin is not loaded', async () => {
    orthanc = await PrivateOrthanc.start({ configuration: { Plugins: [] } });
    const pacs = connect(orthanc.url);
    assert.equal((await pacs.probe()).dicomWeb, undefined);
    await rejects(pacs.findInstances({ limit: '1' }), 'PACS_UNAVAILABLE', /404/);
  });
});

/** Debian's Orthanc cannot do TLS itself, so a proxy does, as in most installations. */
describe('Orthanc behind TLS', () => {
  let orthanc: PrivateOrthanc;
  let end: () => Promise<void>;
  let url: string;
  let caFile: string;

  before(async () => {
    orthanc = await PrivateOrthanc.start();
    const { certFile, keyFile } = makeCertificate();
    caFile = certFile;
    const [port = 0] = await freePorts(1);
    const server = createServer(
      { key: readFileSync(keyFile), cert: readFileSync(caFile) },
      (request, response) => {
        const { method, url: path, headers } = request;
        const onward = httpRequest(`${orthanc.url}${path}`, { method, headers, agent: false });
        onward.on('response', (answer) => {
          response.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.pipe(response);
        });
        request.pipe(onward);
      },
    );
    server.on('tlsClientError', () => undefined);
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    url = `https://localhost:${port}`;
    end = async () => {
      await new Promise((resolve) => server.close(resolve));
    };
  });
  after(async () => {
    await end();
    await orthanc.kill();
  });

  it('works in every kind of call when the certificate is trusted by file', async () => {
    const pacs = connect(url, { caFile });
    const image = makePart10({ side: 1300 });
    await pacs.store(encoded(image));
    assert.equal((await pacs.findInstances({ SOPInstanceUID: image.SOPInstanceUID })).length, 1);
    assert.ok(sameBytes(await pacs.retrieve(refOf(image)), image.part10));
  });

  it('says that the certificate was not accepted when it is not trusted', async () => {
    await rejects(connect(url).changes(0, 1), 'PACS_UNAVAILABLE', /TLS certificate/);
  });
});
