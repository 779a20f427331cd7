/** @import { ErrorJson, ImageJson, ImageLinks, ImagePage, ServiceStatus, Wire } from '../api.js' */

/** A refusal of the API, or no answer at all (`UNREACHABLE`). */
export class ApiError extends Error {
  /** @param {string} code @param {string} message @param {string} [next] */
  constructor(code, message, next = '') {
    super(message);
    this.code = code;
    this.next = next;
  }
}

const timeoutMs = 15_000;

/**
 * @template T
 * @param {string} path
 * @param {RequestInit} [request]
 * @returns {Promise<T>}
 */
async function ask(path, request = {}) {
  const answer = await fetch(path, { ...request, signal: AbortSignal.timeout(timeoutMs) }).catch(
    () => {
      throw new ApiError('UNREACHABLE', 'The service does not answer.');
    },
  );
  const body = await answer.json().catch(() => undefined);
  if (answer.ok && body !== undefined) return body;
  const { code, message, next } = /** @type {Partial<ErrorJson>} */ (body ?? {});
  throw new ApiError(code ?? 'UNREACHABLE', message ?? `The answer was ${answer.status}.`, next);
}

/** @returns {Promise<Wire<ServiceStatus>>} */
export const getStatus = () => ask('api/status');

/**
 * @param {Readonly<Record<string, string | number | undefined>>} filter
 * @returns {Promise<Wire<ImagePage>>}
 */
export function getImages(filter) {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(filter)) {
    if (value !== undefined && value !== '') query.set(key, String(value));
  }
  return ask(`api/images?${query}`);
}

/** @param {string} id @returns {Promise<Wire<ImageJson>>} */
export const getImage = (id) => ask(`api/images/${encodeURIComponent(id)}`);

/** @param {string} id @returns {Promise<Wire<ImageLinks>>} */
export const getLinks = (id) => ask(`api/images/${encodeURIComponent(id)}/links`);

/** @param {string} id */
export const retry = (id) =>
  ask(`api/images/${encodeURIComponent(id)}/retry`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: '{}',
  });

/**
 * @param {string} id
 * @param {'before' | 'after'} side
 * @param {number} width in device pixels
 */
export const pictureUrl = (id, side, width) =>
  `api/images/${encodeURIComponent(id)}/${side}.png?width=${width}`;

/**
 * Calls back on every change: told by the server, or every few seconds while it cannot tell us.
 * @param {() => void} onChange
 * @param {(live: boolean) => void} onConnection
 */
export function followChanges(onChange, onConnection) {
  const pollMs = 5000;
  const safetyMs = 30_000;
  const reopenMs = 15_000;
  let live = false;
  let last = Date.now();
  const open = () => {
    const stream = new EventSource('api/events');
    stream.addEventListener('open', () => {
      live = true;
      onConnection(true);
      onChange();
    });
    stream.addEventListener('change', () => {
      last = Date.now();
      onChange();
    });
    stream.addEventListener('error', () => {
      if (live) onChange();
      live = false;
      onConnection(false);
      if (stream.readyState === EventSource.CLOSED) setTimeout(open, reopenMs);
    });
  };
  open();
  setInterval(() => {
    if (live && Date.now() - last < safetyMs) return;
    last = Date.now();
    onChange();
  }, pollMs);
}
