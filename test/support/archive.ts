/** What a test asks of Orthanc itself, past the service: STOW-RS, QIDO-RS, files, everything that it holds. */
import { type DicomDataset, textOf } from '../../src/domain/dicom-json.js';
import type { InstanceRef } from '../../src/domain/job.js';
import { Tag } from '../../src/domain/tags.js';
import type { PrivateOrthanc } from './orthanc.js';

/** @see DICOM PS3.18 10.5 */
export async function stow(orthanc: PrivateOrthanc, ...files: readonly Uint8Array[]) {
  const boundary = 'part-boundary';
  const body = new Blob([
    ...files.flatMap((part10) => [
      `--${boundary}\r\nContent-Type: application/dicom\r\n\r\n`,
      new Uint8Array(part10),
      '\r\n',
    ]),
    `--${boundary}--\r\n`,
  ]);
  const answer = await fetch(`${orthanc.url}/dicom-web/studies`, {
    method: 'POST',
    headers: {
      'Content-Type': `multipart/related; type="application/dicom"; boundary=${boundary}`,
      Accept: 'application/dicom+json',
    },
    body,
  });
  if (!answer.ok) throw new Error(`STOW-RS: ${answer.status} ${await answer.text()}`);
  await answer.arrayBuffer();
}

/** QIDO-RS over all series of a study: the instances that are RGB Secondary Captures. @see DICOM PS3.18 10.6 */
export async function colourInstances(
  orthanc: PrivateOrthanc,
  StudyInstanceUID: string,
): Promise<readonly InstanceRef[]> {
  const secondaryCapture = '1.2.840.10008.5.1.4.1.1.7';
  const answer = await fetch(
    `${orthanc.url}/dicom-web/instances?StudyInstanceUID=${StudyInstanceUID}&SOPClassUID=${secondaryCapture}`,
    { headers: { Accept: 'application/dicom+json' } },
  );
  if (answer.status === 204) return [];
  if (!answer.ok) throw new Error(`QIDO-RS: ${answer.status}`);
  return ((await answer.json()) as DicomDataset[]).map(refOf);
}

export function refOf(attributes: DicomDataset): InstanceRef {
  const uid = (tag: string) => textOf(attributes, tag) ?? '';
  return {
    StudyInstanceUID: uid(Tag.StudyInstanceUID),
    SeriesInstanceUID: uid(Tag.SeriesInstanceUID),
    SOPInstanceUID: uid(Tag.SOPInstanceUID),
  };
}

/** Orthanc ids of what has this UID, at any level. */
export async function lookUp(orthanc: PrivateOrthanc, uid: string): Promise<readonly string[]> {
  const answer = await fetch(`${orthanc.url}/tools/lookup`, { method: 'POST', body: uid });
  return ((await answer.json()) as { ID: string }[]).map(({ ID }) => ID);
}

/** The stored file of an instance, past DICOMweb. */
export async function fileOf(orthanc: PrivateOrthanc, SOPInstanceUID: string): Promise<Buffer> {
  const [id = ''] = await lookUp(orthanc, SOPInstanceUID);
  const answer = await fetch(`${orthanc.url}/instances/${id}/file`);
  if (!answer.ok) throw new Error(`file of ${SOPInstanceUID}: ${answer.status}`);
  return Buffer.from(await answer.arrayBuffer());
}

export interface StoredFile {
  readonly orthancId: string;
  readonly SOPClassUID: string;
  /** As the index says. */
  readonly bytes: number;
  /** As it can be read. */
  readonly readable: number;
}

/**
 * What the index has of a study, and how much of each file can be read: a file that is cut off makes DICOMweb
 * refuse the whole study.
 */
export async function storedFiles(
  orthanc: PrivateOrthanc,
  StudyInstanceUID: string,
): Promise<readonly StoredFile[]> {
  const text = async (path: string) => (await fetch(orthanc.url + path)).text();
  const files: StoredFile[] = [];
  for (const study of await lookUp(orthanc, StudyInstanceUID)) {
    const held = await orthanc.json<{ ID: string }[]>(`/studies/${study}/instances`);
    for (const { ID: orthancId } of held) {
      const path = `/instances/${orthancId}`;
      const file = await fetch(`${orthanc.url}${path}/file`);
      files.push({
        orthancId,
        SOPClassUID: await text(`${path}/metadata/SopClassUid`),
        bytes: Number(await text(`${path}/attachments/dicom/size`)),
        readable: file.ok ? (await file.arrayBuffer()).byteLength : 0,
      });
    }
  }
  return files;
}

/** How many instances it holds, by its own count. */
export async function countInstances(orthanc: PrivateOrthanc): Promise<number> {
  const { CountInstances } = await orthanc.json<{ CountInstances: number }>('/statistics');
  return CountInstances;
}
