import { setTimeout as pause } from 'node:timers/promises';
import { encloseInstance } from '../adapters/orthanc/multipart.js';
import { gathered } from '../ports/byte-source.js';
import type { OrthancPacs } from '../adapters/orthanc/orthanc-pacs.js';
import { type DicomDataset, itemsOf, textOf } from '../domain/dicom-json.js';
import type { ImageJson } from '../http/api.js';
import type { Colouriser } from './colouriser.js';

/** What one picture came to, once for each colour series that the rules ask for. */
export interface Delivery {
  readonly row?: ImageJson;
  readonly outcome: 'stored' | 'skipped' | 'failed';
  readonly reason: string;
  /** From the first byte of STOW-RS until QIDO-RS shows the colour series; until the verdict without one. */
  readonly tookMs: number;
}

export interface Archive {
  readonly url: string;
  readonly pacs: Pick<OrthancPacs, 'findSeries'>;
}

const patienceMs = 120_000;
const lookEveryMs = 50;

/** Sends one picture and waits until it is settled and visible. */
export async function deliver(
  part10: Uint8Array,
  archive: Archive,
  colouriser: Colouriser,
): Promise<readonly Delivery[]> {
  const start = performance.now();
  const tookMs = () => performance.now() - start;
  const sent = await stow(part10, archive.url);
  if (sent.SOPInstanceUID === undefined) {
    return [{ outcome: 'failed', reason: sent.refusal, tookMs: tookMs() }];
  }
  const shown = new Map<string, Delivery>();
  while (tookMs() < patienceMs) {
    const rows = await colouriser.rows(sent.SOPInstanceUID);
    for (const row of rows) {
      if (shown.has(row.id) || row.state === 'pending' || !(await isVisible(row, archive.pacs))) {
        continue;
      }
      shown.set(row.id, { row, outcome: row.state, reason: row.reason, tookMs: tookMs() });
    }
    if (rows.length > 0 && shown.size === rows.length) return [...shown.values()];
    await pause(lookEveryMs);
  }
  const [row] = await colouriser.rows(sent.SOPInstanceUID);
  const reason = `not done after ${patienceMs / 1000} s; ${row?.reason ?? 'not decided yet'}`;
  return [
    ...shown.values(),
    { ...(row ? { row } : {}), outcome: 'failed', reason, tookMs: tookMs() },
  ];
}

/** A settled image without a colour series has nothing to show. */
async function isVisible({ source, output }: ImageJson, pacs: Archive['pacs']): Promise<boolean> {
  if (source === undefined || output === undefined) return true;
  const { StudyInstanceUID } = source;
  const { SeriesInstanceUID } = output;
  return (await pacs.findSeries({ StudyInstanceUID, SeriesInstanceUID })).length > 0;
}

type Sent =
  | { readonly SOPInstanceUID: string }
  | { readonly SOPInstanceUID: undefined; readonly refusal: string };

/** As a modality would: only an answer that names the instance means that Orthanc has it. @see DICOM PS3.18 10.5 */
async function stow(part10: Uint8Array, orthancUrl: string): Promise<Sent> {
  const { contentType, body } = encloseInstance(part10);
  const answer = await fetch(`${orthancUrl}/dicom-web/studies`, {
    method: 'POST',
    headers: { 'Content-Type': contentType, Accept: 'application/dicom+json' },
    body: await gathered(body),
  });
  const text = await answer.text();
  const report = readReport(text);
  const [stored] = itemsOf(report, '00081199');
  const SOPInstanceUID = stored && textOf(stored, '00081155');
  if (SOPInstanceUID !== undefined) return { SOPInstanceUID };
  return {
    SOPInstanceUID: undefined,
    refusal: `Orthanc did not take it (HTTP status ${answer.status})`,
  };
}

function readReport(text: string): DicomDataset {
  try {
    return (JSON.parse(text) as DicomDataset | null) ?? {};
  } catch {
    return {};
  }
}
