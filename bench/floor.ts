/**
 * The floor, as a process of its own: asks for changes, fetches one instance and stores an object of the colour image's
 * size, and does nothing in between. One JSON line in, one out.
 */
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { InstanceRef } from '../src/domain/job.js';
import { renameInPlace } from './films.js';
import { exchange, json, stow } from './wire.js';

export interface FloorTask {
  readonly source: InstanceRef;
  /** A colour object of this size as the service stored one. */
  readonly template: { readonly file: string; readonly ref: InstanceRef };
  readonly target: InstanceRef;
}

const [orthancUrl = ''] = process.argv.slice(2);
/** The objects as they were last sent: their UIDs change in place. */
const templates = new Map<string, { readonly part10: Buffer; ref: InstanceRef }[]>();
let cursor = 0;

async function perform({ source, template, target }: FloorTask): Promise<Record<string, number>> {
  const spare = templates.get(template.file) ?? [];
  templates.set(template.file, spare);
  const object = spare.pop() ?? { part10: readFileSync(template.file), ref: template.ref };
  renameInPlace(object.part10, object.ref, target);
  object.ref = target;
  const times = [performance.now()];
  const page = await json<{ Last: number }>(`${orthancUrl}/changes?since=${cursor}&limit=100`);
  cursor = page.Last;
  times.push(performance.now());
  await exchange({
    url:
      `${orthancUrl}/dicom-web/studies/${source.StudyInstanceUID}` +
      `/series/${source.SeriesInstanceUID}/instances/${source.SOPInstanceUID}`,
    headers: { Accept: 'multipart/related; type="application/dicom"; transfer-syntax=*' },
  });
  times.push(performance.now());
  await stow(orthancUrl, object.part10);
  times.push(performance.now());
  spare.push(object);
  const [changes = 0, fetch = 0, store = 0] = times
    .slice(1)
    .map((time, index) => time - (times[index] ?? 0));
  return { changes, fetch, store };
}

process.stdout.write(`${JSON.stringify({ ready: true })}\n`);
for await (const line of createInterface({ input: process.stdin })) {
  const { id, ...task } = JSON.parse(line) as FloorTask & { readonly id: number };
  void perform(task).then((timingsMs) => {
    process.stdout.write(`${JSON.stringify({ id, timingsMs })}\n`);
  });
}
