import { itemsOf, numberOf, textOf, type DicomDataset } from '../../domain/dicom-json.js';
import { ColouriseError } from '../../domain/errors.js';
import type { EncodedInstance } from '../../ports/pacs.js';
import { checkJson, dicomDataset, readJson, refusal } from './answers.js';
import type { HttpAnswer, HttpClient } from './http-client.js';
import { encloseInstance } from './multipart.js';

const FailureReason = '00081197';
const FailedSOPSequence = '00081198';
const ReferencedSOPSequence = '00081199';
const ReferencedSOPInstanceUID = '00081155';

export interface StowTarget {
  /** Orthanc's address without a slash at its end. */
  readonly base: string;
  /** Base address of DICOMweb, without a slash at its end. */
  readonly dicomWeb: string;
}

/**
 * Stores one instance by STOW-RS; only our UID in ReferencedSOPSequence counts as success, because
 * Orthanc says 200 also when it stored nothing. One case passes this: an instance that a filter
 * script in Orthanc refuses is named as stored, so a caller that must be sure reads it back.
 * @throws `PACS_REJECTED`, `PACS_UNAVAILABLE`, `PACS_UNAUTHORISED`, `STORAGE_FULL`, `STORE_UNVERIFIED`
 * @see DICOM PS3.18 10.5
 */
export async function storeInstance(
  http: HttpClient,
  target: StowTarget,
  instance: EncodedInstance,
): Promise<void> {
  const { contentType, body } = encloseInstance(instance);
  const answer = await http.exchange({
    method: 'POST',
    url: `${target.dicomWeb}/studies`,
    what: `STOW-RS of instance ${instance.SOPInstanceUID}`,
    headers: { 'Content-Type': contentType, Accept: 'application/dicom+json' },
    body,
  });
  const verdict = judgeStore(answer, instance.SOPInstanceUID);
  if (verdict === 'stored') return;
  throw await explainSilence(http, target, instance, answer);
}

/**
 * What a STOW-RS answer says of one instance; 'silent' when it names it nowhere.
 * @throws `PACS_REJECTED`, or `STORAGE_FULL` for the reasons A7xx (out of resources)
 * @see DICOM PS3.18 I.2
 */
export function judgeStore(answer: HttpAnswer, SOPInstanceUID: string): 'stored' | 'silent' {
  const { status } = answer;
  if (![200, 202, 400, 409].includes(status)) throw refusal(answer);
  const report = readReport(answer);
  if (names(itemsOf(report, ReferencedSOPSequence), SOPInstanceUID)) return 'stored';
  const failed = itemsOf(report, FailedSOPSequence)[0];
  if (failed !== undefined) throw failureOf(failed, answer.label);
  if (status >= 400) throw refusal(answer);
  return 'silent';
}

/** A refusal in Orthanc's own words is no report; its status then decides. */
function readReport(answer: HttpAnswer): DicomDataset {
  if (answer.status < 400) return checkJson(readJson(answer), dicomDataset, answer.label);
  try {
    return checkJson(readJson(answer), dicomDataset, answer.label);
  } catch {
    throw refusal(answer);
  }
}

function names(items: readonly DicomDataset[], uid: string): boolean {
  return items.some((item) => textOf(item, ReferencedSOPInstanceUID) === uid);
}

function failureOf(item: DicomDataset, label: string): ColouriseError {
  const reason = numberOf(item, FailureReason);
  const hex = reason === undefined ? 'none given' : `0x${hex4(reason)}`;
  const outOfResources = reason !== undefined && reason >> 8 === 0xa7;
  return new ColouriseError(
    outOfResources ? 'STORAGE_FULL' : 'PACS_REJECTED',
    `${label}: refused, failure reason ${hex}`,
  );
}

const hex4 = (value: number) => value.toString(16).toUpperCase().padStart(4, '0');

/**
 * Why a STOW-RS answer left our instance out. Orthanc's DICOMweb swallows the reason of a full
 * storage, but its own interface gives it for the same bytes.
 */
async function explainSilence(
  http: HttpClient,
  target: StowTarget,
  instance: EncodedInstance,
  answer: HttpAnswer,
): Promise<ColouriseError> {
  const again = await http.exchange({
    method: 'POST',
    url: `${target.base}/instances`,
    what: `upload of instance ${instance.SOPInstanceUID}`,
    headers: { 'Content-Type': 'application/dicom' },
    body: instance,
  });
  const reason = refusal(again);
  if (reason.code === 'STORAGE_FULL') return reason;
  return new ColouriseError(
    'STORE_UNVERIFIED',
    `${answer.label}: HTTP status ${answer.status}, but the answer does not name the instance`,
  );
}
