import { type AuditEntry, type AuditEventKind, auditActions } from './audit.js';

type Code = readonly [code: string, meaning: string];

/** Event and its type. @see DICOM PS3.16 CID 400 and CID 401 */
const events: Readonly<Record<AuditEventKind, readonly [event: Code, type?: Code]>> = {
  'application-start': [
    ['110100', 'Application Activity'],
    ['110120', 'Application Start'],
  ],
  'application-stop': [
    ['110100', 'Application Activity'],
    ['110121', 'Application Stop'],
  ],
  login: [
    ['110114', 'User Authentication'],
    ['110122', 'Login'],
  ],
  logout: [
    ['110114', 'User Authentication'],
    ['110123', 'Logout'],
  ],
  restricted: [
    ['110113', 'Security Alert'],
    ['110132', 'Use of Restricted Function'],
  ],
  'roles-changed': [
    ['110113', 'Security Alert'],
    ['110136', 'Security Roles Changed'],
  ],
  'user-changed': [
    ['110113', 'Security Alert'],
    ['110137', 'User security Attributes Changed'],
  ],
  'security-configured': [
    ['110113', 'Security Alert'],
    ['110129', 'Security Configuration'],
  ],
  'software-configured': [
    ['110113', 'Security Alert'],
    ['110131', 'Software Configuration'],
  ],
  'instances-accessed': [['110103', 'DICOM Instances Accessed']],
  'patient-record': [['110110', 'Patient Record']],
  query: [['110112', 'Query']],
  export: [['110106', 'Export']],
  'audit-used': [['110101', 'Audit Log Used']],
};

/** Success, minor failure, serious failure. */
const outcomes = { done: '0', refused: '4', failed: '8' } as const;

/**
 * One line of the audit as a DICOM Audit Message. Holds no patient: studies stand under their UIDs.
 * @param source how this installation calls itself
 * @see DICOM PS3.15 A.5.1
 */
export function auditMessage(entry: AuditEntry, source: string): string {
  const { action, outcome, at, who, kind, address } = entry;
  const { event, code } = auditActions[action];
  const [id, type] = events[event];
  const isPerson = kind === 'user' || kind === 'nobody' || kind === 'machine';
  const from =
    address === 'local' ? {} : { NetworkAccessPointID: address, NetworkAccessPointTypeCode: '2' };
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<AuditMessage>',
    open('EventIdentification', {
      EventActionCode: code,
      EventDateTime: at.toISOString(),
      EventOutcomeIndicator: outcomes[outcome],
    }),
    coded('EventID', id),
    ...(type ? [coded('EventTypeCode', type)] : []),
    `<EventOutcomeDescription>${escape(outcomeInWords(entry))}</EventOutcomeDescription>`,
    '</EventIdentification>',
    open('ActiveParticipant', { UserID: who, UserIsRequestor: 'true', ...from }),
    ...(isPerson ? [] : [coded('RoleIDCode', ['110150', 'Application'])]),
    '</ActiveParticipant>',
    open('AuditSourceIdentification', { AuditSourceID: source }),
    // 4: application server process. @see PS3.15 A.5.2, AuditSourceTypeCode
    `<AuditSourceTypeCode csd-code="4" originalText="Application Server Process" codeSystemName="DCM"/>`,
    '</AuditSourceIdentification>',
    ...objectsOf(entry),
    '</AuditMessage>',
  ].join('');
}

function outcomeInWords({ action, outcome, details }: AuditEntry): string {
  const code = details?.['code'];
  return `${action} ${outcome}${code === undefined ? '' : ` ${code}`}`;
}

/** The study that an act was about, and whatever else it named. */
function objectsOf({ target, details = {} }: AuditEntry): readonly string[] {
  const { StudyInstanceUID: study } = details;
  const objects =
    study === undefined
      ? []
      : [object(String(study), '3', ['110180', 'Study Instance UID'], 'DCM')];
  // 12 is the code of RFC 3881 for an identifier in the form of an address.
  const named = target === undefined ? [] : [object(target, undefined, ['12', 'URI'], 'RFC-3881')];
  return [...objects, ...named];
}

function object(id: string, role: string | undefined, type: Code, system: string): string {
  return [
    open('ParticipantObjectIdentification', {
      ParticipantObjectID: id,
      ParticipantObjectTypeCode: '2',
      ...(role === undefined ? {} : { ParticipantObjectTypeCodeRole: role }),
    }),
    coded('ParticipantObjectIDTypeCode', type, system),
    '</ParticipantObjectIdentification>',
  ].join('');
}

function coded(element: string, [code, meaning]: Code, system = 'DCM'): string {
  const attributes = { 'csd-code': code, originalText: meaning, codeSystemName: system };
  return open(element, attributes).replace(/>$/, '/>');
}

function open(element: string, attributes: Readonly<Record<string, string>>): string {
  const given = Object.entries(attributes).map(([name, value]) => ` ${name}="${escape(value)}"`);
  return `<${element}${given.join('')}>`;
}

function escape(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll(/[^\P{Cc}\n\t]/gu, '');
}
