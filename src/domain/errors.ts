/**
 * Every way in which this software can refuse or fail, on one screen.
 * `retry`: would the same job succeed later without anybody's act?
 * `exit`: the exit code of the command line. `next`: what the operator does now.
 */
interface ErrorKind {
  readonly retry: boolean;
  readonly exit: 2 | 4 | 5;
  readonly next: string;
}

const input = (next: string): ErrorKind => ({ retry: false, exit: 4, next });
const server = (retry: boolean, next: string): ErrorKind => ({ retry, exit: 5, next });
const usage = (next: string): ErrorKind => ({ retry: false, exit: 2, next });

export const errorKinds = {
  NOT_DICOM: input('Send a DICOM Part 10 file.'),
  TRUNCATED: input('Send the image again from its source; this copy ends too early.'),
  MALFORMED: input('Check the sender: the data set breaks the encoding rules of PS3.5.'),
  MISSING_UID: input('Check the sender: Study, Series and SOP Instance UIDs are required.'),
  NO_PIXEL_DATA: input('Nothing to colour: the object holds no pixel data.'),
  CORRUPT_PIXEL_DATA: input('Send the image again from its source; its pixel data is damaged.'),
  UNSUPPORTED_TRANSFER_SYNTAX: input('Store the image in a common transfer syntax.'),
  UNSUPPORTED_PIXEL_FORMAT: input('Only single-sample images of 1 to 16 bits can be coloured.'),
  TOO_LARGE: input('Raise `limits.maxPixels` if images of this size are real.'),
  COMPRESSION_FAILED: input(
    'Let the rule that colours such images name another `compression`, or `none`.',
  ),
  // A busy machine may be to blame, so it is tried again a few times.
  TOO_SLOW: {
    retry: true,
    exit: 4,
    next: 'Look at this file: reading it took longer than `limits.decodeTimeoutMs`.',
  },
  NOTHING_TO_SHOW: input('Look at the image in Orthanc: there is no single grey picture to draw.'),
  INVALID_WINDOW: input('Check the sender: the VOI window cannot be applied.'),
  PACS_REJECTED: server(false, 'Look at the Orthanc log: it refused the colour series.'),
  PACS_NOT_SERVED: server(
    false,
    'DICOMweb cannot serve this study; look for two patients under one Study UID.',
  ),
  PACS_UNAVAILABLE: server(true, 'Check that Orthanc runs and that `orthanc.url` points at it.'),
  PACS_FAILED: server(true, 'Look at the Orthanc log: it answers, but not to this request.'),
  PACS_UNAUTHORISED: server(true, 'Correct `orthanc.username` and `orthanc.password`.'),
  STORAGE_FULL: server(true, 'Free disk space in Orthanc.'),
  STORE_UNVERIFIED: server(
    true,
    'Orthanc accepted the colour series but does not show it; look at its log.',
  ),
  DESTINATION_UNAVAILABLE: server(
    true,
    'Check that the destination runs and can be reached; what is for it waits.',
  ),
  DESTINATION_UNAUTHORISED: server(true, 'Correct the credentials of this destination.'),
  DESTINATION_UNKNOWN: server(
    false,
    'Add the destination to `forward.destinations`, or the modality or peer to Orthanc; then `colouriser forward retry`.',
  ),
  DESTINATION_FAILED: server(
    true,
    'Look at the log of the destination: it answers, but stores nothing.',
  ),
  DESTINATION_REFUSED: server(
    false,
    'Look at the log of the destination: it refused the image; then `colouriser forward retry`.',
  ),
  NOTIFY_FAILED: server(
    true,
    'Check address, login and certificate of the webhook or mail server; `colouriser notify test` tries again.',
  ),
  QUEUE_UNAVAILABLE: server(true, 'Check the queue: the broker, or the disk of the ledger.'),
  MODEL_NOT_FOUND: server(false, 'Install the model, or correct the rule that names it.'),
  MODEL_INVALID: server(false, 'Reinstall the model: its manifest or its weights do not match.'),
  MODEL_REFUSED: input(
    'Nothing was installed: ask the sender of the model, or correct the command.',
  ),
  DOWNLOAD_FAILED: server(
    false,
    'Check the address, or fetch the file by other means and install that.',
  ),
  MODEL_FAILED: server(true, 'Look at the log of the worker: inference failed.'),
  PROVIDER_UNAVAILABLE: server(
    true,
    'Mend what the reason names (`colouriser doctor` looks again), or set `inference.provider: cpu`.',
  ),
  INTERNAL: server(true, 'Report this with the log line: it is a fault of ours.'),
  RULES_CHANGED: usage('Look at what was changed, then save your edit on top of it.'),
  RULES_UNWRITABLE: usage(
    'Edit the file where it comes from, or let `rules.file` name one in a folder that the service may write.',
  ),
  CONFIG_INVALID: usage('Correct the configuration as listed.'),
  USAGE: usage('See `colouriser --help`.'),
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof errorKinds;

/** A failure with a stable code. The message names identifiers and figures, never a patient. */
export class ColouriseError extends Error {
  override readonly name = 'ColouriseError';
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Any thrown value as a ColouriseError: unknown ones become `INTERNAL`. */
export function asColouriseError(thrown: unknown): ColouriseError {
  if (thrown instanceof ColouriseError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new ColouriseError('INTERNAL', message, { cause: thrown });
}
