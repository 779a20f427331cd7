import { randomUUID } from 'node:crypto';
import { type ByteSource, joined } from '../../ports/byte-source.js';
import type { HttpAnswer } from './http-client.js';
import { notOrthanc } from './answers.js';
import { ColouriseError } from '../../domain/errors.js';

/**
 * The bytes of the only part: a view into the answer's buffer, not a copy.
 * @throws `PACS_UNAVAILABLE` when the answer is not multipart, ends early or has several parts
 * @see RFC 2046 5.1.1
 */
export function onlyPart(answer: HttpAnswer): Buffer {
  const { body, contentType, label } = answer;
  const boundary = /^multipart\/related\b.*;\s*boundary="?([^";]+)"?/i.exec(contentType)?.[1];
  if (boundary === undefined) throw notOrthanc(label, contentType || 'no content type');
  const opening = body.indexOf(`--${boundary}\r\n`);
  const headerEnd = opening < 0 ? -1 : body.indexOf('\r\n\r\n', opening);
  if (headerEnd < 0) throw endsEarly(label);
  const start = headerEnd + 4;
  const closing = `\r\n--${boundary}`;
  const end = body.indexOf(closing, start);
  if (end < 0) throw endsEarly(label);
  const after = end + closing.length;
  if (body.toString('latin1', after, after + 2) !== '--') {
    throw notOrthanc(label, 'more than one part for one instance');
  }
  return body.subarray(start, end);
}

function endsEarly(label: string): ColouriseError {
  return new ColouriseError('PACS_UNAVAILABLE', `${label}: the multipart answer ends early`);
}

/**
 * One DICOM part around a file. The boundary has 122 random bits: that it occurs in 4 GiB of data has a chance below 1
 * in 10^27.
 * The part says only application/dicom: Orthanc stores nothing when a transfer syntax stands there.
 */
export function encloseInstance(file: Uint8Array): {
  readonly contentType: string;
  readonly body: ByteSource;
} {
  const boundary = randomUUID();
  const head = Buffer.from(`--${boundary}\r\nContent-Type: application/dicom\r\n\r\n`);
  const tail = Buffer.from(`\r\n--${boundary}--\r\n`);
  return {
    contentType: `multipart/related; type="application/dicom"; boundary=${boundary}`,
    body: joined([head, file, tail]),
  };
}
