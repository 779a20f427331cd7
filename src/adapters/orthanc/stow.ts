import { itemsOf, numberOf, textOf, type DicomDataset } from '../../domain/dicom-json.js';
import { ColouriseError } from '../../domain/errors.js';
import { checkJson, dicomDataset, readJson, refusal } from './answers.js';
import type { HttpAnswer } from './http-client.js';

const FailureReason = '00081197';
const FailedSOPSequence = '00081198';
const ReferencedSOPSequence = '00081199';
const ReferencedSOPInstanceUID = '00081155';

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
