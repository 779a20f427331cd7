import { z } from 'zod';
import type { DicomDataset, DicomValue } from '../../domain/dicom-json.js';
import { ColouriseError, type ErrorCode } from '../../domain/errors.js';
import type { HttpAnswer } from './http-client.js';

/** Orthanc's own number for 'the file storage is full'. */
const fullStorage = 19;

/** What Orthanc says of a failure. `Details` is left out: it may quote the data set. */
const orthancError = z.object({ OrthancStatus: z.number(), Message: z.string() });

const personName = z.object({
  Alphabetic: z.string().exactOptional(),
  Ideographic: z.string().exactOptional(),
  Phonetic: z.string().exactOptional(),
});

const dicomValue: z.ZodType<DicomValue> = z.lazy(() =>
  z.union([z.string(), z.number(), z.null(), personName.strict(), dicomDataset]),
);

const dicomAttribute = z.object({
  vr: z.string(),
  Value: z.array(dicomValue).exactOptional(),
  InlineBinary: z.string().exactOptional(),
  BulkDataURI: z.string().exactOptional(),
});

/** @see DICOM PS3.18 F.2.2 */
export const dicomDataset: z.ZodType<DicomDataset> = z.record(
  z.string().regex(/^[0-9A-Fa-f]{8}$/),
  dicomAttribute,
);

/** @throws `PACS_UNAVAILABLE` when it is not the JSON that Orthanc gives at this path */
export function parseAnswer<T>(answer: HttpAnswer, schema: z.ZodType<T>): T {
  return checkJson(readJson(answer), schema, answer.label);
}

/** @throws `PACS_UNAVAILABLE` naming the first place that differs */
export function checkJson<T>(json: unknown, schema: z.ZodType<T>, label: string): T {
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const place = parsed.error.issues[0]?.path.join('.') ?? '';
  throw notOrthanc(label, `unexpected JSON${place === '' ? '' : ` at ${place}`}`);
}

/** @throws `PACS_UNAVAILABLE` when the body is not JSON at all */
export function readJson(answer: HttpAnswer): unknown {
  try {
    return JSON.parse(answer.body.toString('utf8'));
  } catch {
    throw notOrthanc(answer.label, answer.contentType || 'no content type');
  }
}

/** The address leads to something else: another server, a login page, a proxy's error page. */
export function notOrthanc(label: string, what: string): ColouriseError {
  return new ColouriseError(
    'PACS_UNAVAILABLE',
    `${label}: the answer is not one of Orthanc's (${what}); check the URL`,
  );
}

/** A status that is not the success which the caller hoped for. */
export function refusal(answer: HttpAnswer): ColouriseError {
  const said = orthancMessage(answer);
  const suffix = said === undefined ? '' : ` (${said.Message})`;
  const code = codeOf(answer.status, said?.OrthancStatus);
  return new ColouriseError(code, `${answer.label}: HTTP status ${answer.status}${suffix}`);
}

function codeOf(status: number, orthancStatus: number | undefined): ErrorCode {
  if (orthancStatus === fullStorage || status === 507) return 'STORAGE_FULL';
  if (status === 401 || status === 403 || status === 407) return 'PACS_UNAUTHORISED';
  // 404 here means a wrong base path; a missing object is told apart by its caller.
  if (status < 400 || status >= 500 || [404, 408, 425, 429].includes(status)) {
    return 'PACS_UNAVAILABLE';
  }
  return 'PACS_REJECTED';
}

function orthancMessage(answer: HttpAnswer): z.infer<typeof orthancError> | undefined {
  try {
    return orthancError.safeParse(JSON.parse(answer.body.toString('utf8'))).data;
  } catch {
    return undefined;
  }
}
