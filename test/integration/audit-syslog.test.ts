import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { sendSyslog, syslogFrame } from '../../src/adapters/syslog/syslog-sender.js';
import { type AuditEntry, auditActions, type AuditAction } from '../../src/domain/audit.js';
import { auditMessage } from '../../src/domain/audit-message.js';
import { makeCertificate } from '../support/certificate.js';

const entry: AuditEntry = {
  seq: 7,
  at: new Date('2026-01-31T08:00:00.123Z'),
  action: 'image.withdraw',
  outcome: 'done',
  who: 'ada & "co" <ada@example.org>',
  kind: 'user',
  role: 'operator',
  address: '10.0.0.7',
  target: 'job-6',
  details: { StudyInstanceUID: '1.2.3' },
  seal: 'f'.repeat(64),
};
const messages = ['first', 'second: größer als ein Byte'].map((text) => ({
  at: entry.at,
  messageId: 'DICOM+RFC3881',
  text,
}));

describe('the audit as DICOM Audit Messages', () => {
  it('says what PS3.15 A.5.1 asks for, in its order', () => {
    assert.equal(
      auditMessage(entry, 'site 1'),
      '<?xml version="1.0" encoding="UTF-8"?><AuditMessage>' +
        '<EventIdentification EventActionCode="D" EventDateTime="2026-01-31T08:00:00.123Z" EventOutcomeIndicator="0">' +
        '<EventID csd-code="110103" originalText="DICOM Instances Accessed" codeSystemName="DCM"/>' +
        '<EventOutcomeDescription>image.withdraw done</EventOutcomeDescription></EventIdentification>' +
        '<ActiveParticipant UserID="ada &amp; &quot;co&quot; &lt;ada@example.org&gt;" UserIsRequestor="true"' +
        ' NetworkAccessPointID="10.0.0.7" NetworkAccessPointTypeCode="2"></ActiveParticipant>' +
        '<AuditSourceIdentification AuditSourceID="site 1"><AuditSourceTypeCode csd-code="4"' +
        ' originalText="Application Server Process" codeSystemName="DCM"/></AuditSourceIdentification>' +
        '<ParticipantObjectIdentification ParticipantObjectID="1.2.3" ParticipantObjectTypeCode="2"' +
        ' ParticipantObjectTypeCodeRole="3"><ParticipantObjectIDTypeCode csd-code="110180"' +
        ' originalText="Study Instance UID" codeSystemName="DCM"/></ParticipantObjectIdentification>' +
        '<ParticipantObjectIdentification ParticipantObjectID="job-6" ParticipantObjectTypeCode="2">' +
        '<ParticipantObjectIDTypeCode csd-code="12" originalText="URI" codeSystemName="RFC-3881"/>' +
        '</ParticipantObjectIdentification></AuditMessage>',
    );
  });

  it('knows an event for every action, and whether it was let happen', () => {
    for (const action of Object.keys(auditActions) as AuditAction[]) {
      const refused = auditMessage({ ...entry, action, outcome: 'refused' }, 'x');
      assert.match(refused, /EventOutcomeIndicator="4"><EventID csd-code="1101\d\d"/, action);
    }
    const signIn = auditMessage({ ...entry, action: 'session.begin', outcome: 'failed' }, 'x');
    assert.match(signIn, /EventOutcomeIndicator="8"><EventID csd-code="110114".*csd-code="110122"/);
  });
});

describe('syslog', () => {
  it('has the header of RFC 5424, and UTF-8 behind a byte order mark', () => {
    const [first] = messages.map((message) => syslogFrame(message).toString('utf8'));
    assert.match(
      first ?? '',
      /^<85>1 2026-01-31T08:00:00\.123Z \S+ colouriser \d+ DICOM\+RFC3881 - \uFEFFfirst$/,
    );
  });

  it('sends a datagram each', async () => {
    const receiver = createSocket('udp4');
    receiver.bind(0, '127.0.0.1');
    await once(receiver, 'listening');
    const got: string[] = [];
    const both = new Promise<void>((resolve) => {
      receiver.on('message', (data) => {
        got.push(data.toString('utf8'));
        if (got.length === messages.length) resolve();
      });
    });
    const { port } = receiver.address();
    await sendSyslog({ transport: 'udp', host: '127.0.0.1', port }, messages);
    await both;
    receiver.close();
    assert.deepEqual(
      got.map((text) => text.split('\uFEFF')[1]),
      messages.map(({ text }) => text),
    );
  });

  const { certFile, keyFile } = makeCertificate();
  const [cert, key] = [readFileSync(certFile), readFileSync(keyFile)];
  const receivers: readonly (readonly ['tcp' | 'tls', () => Server])[] = [
    ['tcp', () => createServer()],
    ['tls', () => createTlsServer({ cert, key })],
  ];
  for (const [transport, create] of receivers) {
    it(`counts octets over ${transport}`, async () => {
      const receiver = create().listen(0, '127.0.0.1');
      await once(receiver, 'listening');
      const whole = new Promise<Buffer>((resolve) => {
        receiver.on(transport === 'tls' ? 'secureConnection' : 'connection', (socket: Socket) => {
          const parts: Buffer[] = [];
          socket.on('data', (part: Buffer) => parts.push(part));
          socket.on('end', () => {
            resolve(Buffer.concat(parts));
          });
        });
      });
      const { port } = receiver.address() as AddressInfo;
      const ca = transport === 'tls' ? { ca: cert.toString() } : {};
      await sendSyslog({ transport, host: 'localhost', port, ...ca }, messages);
      assert.deepEqual(
        framesOf(await whole).map((text) => text.split('\uFEFF')[1]),
        messages.map(({ text }) => text),
      );
      receiver.close();
    });
  }

  it('says so when nobody listens, or a certificate is not trusted', async () => {
    const receiver = createTlsServer({ cert, key }).listen(0, '127.0.0.1');
    await once(receiver, 'listening');
    const { port } = receiver.address() as AddressInfo;
    const to = { transport: 'tls', host: 'localhost', port } as const;
    await assert.rejects(sendSyslog(to, messages), { code: 'QUEUE_UNAVAILABLE' });
    receiver.close();
    await once(receiver, 'close');
    await assert.rejects(sendSyslog({ ...to, transport: 'tcp' }, messages), {
      code: 'QUEUE_UNAVAILABLE',
    });
  });
});

/** As a receiver reads them: a number of octets, a space, so many octets. */
function framesOf(stream: Buffer): readonly string[] {
  const frames: string[] = [];
  for (let at = 0; at < stream.length;) {
    const space = stream.indexOf(' ', at);
    const length = Number(stream.subarray(at, space).toString());
    frames.push(stream.subarray(space + 1, space + 1 + length).toString('utf8'));
    at = space + 1 + length;
  }
  return frames;
}
