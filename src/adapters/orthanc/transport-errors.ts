import { ColouriseError } from '../../domain/errors.js';

/** What a person can do something with, by Node's error code. */
const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection broke off',
  EPIPE: 'the connection broke off',
  ENOTFOUND: 'the host name is not known',
  EAI_AGAIN: 'the host name cannot be looked up now',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
  ETIMEDOUT: 'the connection timed out',
  ABORT_ERR: 'the request was cancelled',
};

const tlsCode = /CERT|SSL|TLS|SELF_SIGNED|UNABLE_TO_VERIFY|ISSUER/;

/** A failure below HTTP as `PACS_UNAVAILABLE`; `label` names the exchange and the host. */
export function translateTransport(thrown: unknown, label: string): ColouriseError {
  const code = codeOf(thrown);
  return new ColouriseError('PACS_UNAVAILABLE', `${label}: ${reasonOf(code, thrown)}`, {
    cause: thrown,
  });
}

function reasonOf(code: string, thrown: unknown): string {
  const known = reasons[code];
  if (known !== undefined) return known;
  if (code.startsWith('HPE_')) return `it does not speak HTTP here (${code})`;
  if (tlsCode.test(code)) return `its TLS certificate or handshake was not accepted (${code})`;
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** Node tries every address of a host and reports all failures as one; the first names the cause. */
function codeOf(thrown: unknown): string {
  if (thrown instanceof AggregateError) return codeOf(thrown.errors[0]);
  if (typeof thrown !== 'object' || thrown === null || !('code' in thrown)) return '';
  return typeof thrown.code === 'string' ? thrown.code : '';
}
