import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import { orthancForwarder } from '../../src/adapters/orthanc/orthanc-forwarder.js';
import { connectionTo, createOrthancPacs } from '../../src/adapters/orthanc/orthanc-pacs.js';
import { HttpClient } from '../../src/adapters/orthanc/http-client.js';
import { stowForwarder } from '../../src/adapters/orthanc/stow-forwarder.js';
import type { InstanceRef } from '../../src/domain/job.js';
import type { Forwarder } from '../../src/ports/forwarding.js';
import { lookUp } from '../support/archive.js';
import { PrivateOrthanc } from '../support/orthanc.js';
import { makePart10 } from '../support/part10.js';

const options = { dicomWebRoot: 'dicom-web', timeoutMs: 5_000, maxBytes: 1 << 28 };
const basic = (text: string) => ({
  Authorization: `Basic ${Buffer.from(text).toString('base64')}`,
});

describe('the ways to another server', function () {
  this.timeout(120_000);
  let far: PrivateOrthanc;
  let near: PrivateOrthanc;
  let guarded: PrivateOrthanc;
  const opened: Forwarder[] = [];

  before(async () => {
    [far, guarded] = await Promise.all([
      PrivateOrthanc.start(),
      PrivateOrthanc.start({
        configuration: { AuthenticationEnabled: true, RegisteredUsers: { us: 'secret' } },
      }),
    ]);
    near = await PrivateOrthanc.start({
      configuration: {
        DicomModalities: {
          FAR: ['FAR', '127.0.0.1', far.dicomPort],
          NOBODY: ['NOBODY', '127.0.0.1', 1],
        },
        OrthancPeers: { far: [`${far.url}/`], guarded: [`${guarded.url}/`] },
      },
    });
  });
  after(async () => {
    for (const each of opened) each.close();
    await Promise.all([near, far, guarded].map((each) => each.kill()));
  });

  const archive = () => createOrthancPacs({ ...options, url: near.url });
  const own = <T extends Forwarder>(forwarder: T): T => {
    opened.push(forwarder);
    return forwarder;
  };
  const stow = (url: string, headers = {}) =>
    own(stowForwarder({ name: 'web', url, headers, timeoutMs: 5_000 }, archive()));
  const byOrthanc = (kind: 'modality' | 'peer', remote: string) => {
    const { base, ...connection } = connectionTo({ ...options, url: near.url });
    const limits = { idleTimeoutMs: 15_000, totalTimeoutMs: 30_000 };
    const http = new HttpClient({ ...connection, ...limits });
    return own(orthancForwarder({ name: remote, kind, remote }, http, base, archive()));
  };
  const held = async (): Promise<InstanceRef> => {
    const { part10, StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID } = makePart10();
    await near.upload(part10);
    return { StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID };
  };
  const gone: InstanceRef = {
    StudyInstanceUID: '2.25.1',
    SeriesInstanceUID: '2.25.2',
    SOPInstanceUID: '2.25.3',
  };

  const ways: Readonly<Record<string, () => Forwarder>> = {
    'STOW-RS': () => stow(`${far.url}/dicom-web/`),
    'C-STORE by Orthanc': () => byOrthanc('modality', 'FAR'),
    'a peer of Orthanc': () => byOrthanc('peer', 'far'),
  };
  for (const [name, open] of Object.entries(ways)) {
    describe(name, () => {
      it('sends an instance, and the same again as one', async () => {
        const forwarder = open();
        const instance = await held();
        assert.equal(await forwarder.send(instance), 'sent');
        assert.equal(await forwarder.send(instance), 'sent');
        assert.equal((await lookUp(far, instance.SOPInstanceUID)).length, 1);
      });

      it('says what the archive no longer holds', async () => {
        assert.equal(await open().send(gone), 'gone');
      });

      it('tells that the other side answers', async () => {
        assert.match(await open().probe(), /answers/);
      });
    });
  }

  it('says who is away', async () => {
    const instance = await held();
    for (const away of [stow('http://127.0.0.1:1/dicom-web'), byOrthanc('modality', 'NOBODY')]) {
      await assert.rejects(away.send(instance), { code: 'DESTINATION_UNAVAILABLE' });
      await assert.rejects(away.probe(), { code: 'DESTINATION_UNAVAILABLE' });
    }
  });

  it('says whom Orthanc does not know', async () => {
    const instance = await held();
    for (const unknown of [byOrthanc('modality', 'WHO'), byOrthanc('peer', 'who')]) {
      await assert.rejects(unknown.send(instance), { code: 'DESTINATION_UNKNOWN' });
      await assert.rejects(unknown.probe(), { code: 'DESTINATION_UNKNOWN' });
    }
  });

  it('shows its credentials, and says when they are wrong', async () => {
    const instance = await held();
    const url = `${guarded.url}/dicom-web`;
    assert.equal(await stow(url, basic('us:secret')).send(instance), 'sent');
    for (const wrong of [stow(url, basic('us:wrong')), stow(url)]) {
      await assert.rejects(wrong.send(instance), { code: 'DESTINATION_UNAUTHORISED' });
      await assert.rejects(wrong.probe(), { code: 'DESTINATION_UNAUTHORISED' });
    }
    await assert.rejects(byOrthanc('peer', 'guarded').send(instance), /guarded/);
  });

  it('takes no success that does not name the instance, and no refusal for an absence', async () => {
    const instance = await held();
    const failed = (reason: number) =>
      JSON.stringify({
        '00081198': {
          vr: 'SQ',
          Value: [
            {
              '00081155': { vr: 'UI', Value: [instance.SOPInstanceUID] },
              '00081197': { vr: 'US', Value: [reason] },
            },
          ],
        },
      });
    // PS3.18 I.2: A7xx is out of resources, which passes.
    const answers: readonly (readonly [number, string, string, RegExp?])[] = [
      [200, '{}', 'DESTINATION_FAILED'],
      [202, '{"00081199":{"vr":"SQ"}}', 'DESTINATION_FAILED'],
      [202, failed(0xa700), 'DESTINATION_UNAVAILABLE', /0xA700/],
      [409, failed(0x0110), 'DESTINATION_REFUSED', /0x0110/],
      [409, '{}', 'DESTINATION_REFUSED'],
      [503, '', 'DESTINATION_UNAVAILABLE'],
    ];
    for (const [status, body, code, message = /./] of answers) {
      const server = await answering(status, body);
      const { port } = server.address() as { port: number };
      await assert.rejects(stow(`http://127.0.0.1:${port}`).send(instance), { code, message });
      server.closeAllConnections();
      server.close();
    }
  });
});

function answering(status: number, body: string): Promise<Server> {
  const server = createServer((request, response) => {
    request.resume().once('end', () => {
      response.writeHead(status, { 'Content-Type': 'application/dicom+json' }).end(body);
    });
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      resolve(server);
    });
  });
}
