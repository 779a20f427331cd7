/**
 * Memory and back-pressure of `serve` when 5,000 events stand in the change log at once.
 * Run: npx tsc -b && node dist/bench/flood.js
 */
import { setTimeout as pause } from 'node:timers/promises';
import { PrivateOrthanc } from '../test/support/orthanc.js';
import { freshUid } from '../test/support/part10.js';
import { ServiceProcess } from '../test/support/service.js';
import { cs, syntheticDicom } from '../test/support/synthetic-dicom.js';
import { keepResult, sizeOr } from './keep.js';
import { describeMachine, load } from './machine.js';
import { peakMegabytes, residentMegabytes, resetPeak } from './processes.js';

const events = sizeOr(5_000);
const sendersAtOnce = 4;
const restMs = 5_000;

/** A small image of a modality that no rule wants, 50 in a study. */
function eventOf(StudyInstanceUID: string): Uint8Array {
  const uid = (tag: string, value = freshUid()) => ({ tag, vr: 'UI', value });
  const elements = [
    uid('00080018'),
    uid('0020000D', StudyInstanceUID),
    uid('0020000E'),
    cs('00080060', 'CT'),
  ];
  return syntheticDicom({ elements: Object.fromEntries(elements.map((each) => [each.tag, each])) });
}

async function sendAll(orthanc: PrivateOrthanc): Promise<void> {
  const studies = Array.from({ length: Math.ceil(events / 50) }, freshUid);
  let next = 0;
  const sender = async () => {
    for (let n = next++; n < events; n = next++) {
      await orthanc.upload(eventOf(studies[n % studies.length] ?? ''));
      if (n % 500 === 0) process.stderr.write(`• ${n} of ${events} events sent\n`);
    }
  };
  await Promise.all(Array.from({ length: sendersAtOnce }, sender));
}

interface Flood {
  readonly before: number;
  readonly peak: number;
  readonly mostUndecided: number;
  readonly seconds: number;
}

/** A fresh service meets the whole change log at once. */
async function flood(orthanc: PrivateOrthanc, maxUndecided?: number): Promise<Flood> {
  const bound =
    maxUndecided === undefined ? {} : { COLOURISER_INTAKE_MAX_UNDECIDED: `${maxUndecided}` };
  const empty = await PrivateOrthanc.start();
  await empty.kill();
  const service = await ServiceProcess.start(orthanc.url, {
    // Not yet: what it holds at rest is measured first.
    env: { ...bound, COLOURISER_ORTHANC_URL: empty.url },
  });
  await pause(restMs);
  const before = residentMegabytes(service.pid ?? 0);
  await service.stop();
  const flooded = await ServiceProcess.start(orthanc.url, { env: bound });
  const pid = flooded.pid ?? 0;
  resetPeak(pid);
  const begun = performance.now();
  let mostUndecided = 0;
  for (;;) {
    const { balance } = await flooded.status();
    mostUndecided = Math.max(mostUndecided, balance.undecided);
    if (balance.skipped === events) break;
    await pause(100);
  }
  const seconds = (performance.now() - begun) / 1000;
  const peak = peakMegabytes(pid);
  await flooded.stop();
  return { before, peak, mostUndecided, seconds };
}

const loadBefore = load();
const orthanc = await PrivateOrthanc.start();
await sendAll(orthanc);
const asShipped = await flood(orthanc);
const bounded = await flood(orthanc, 200);
const { Version } = await orthanc.json<{ readonly Version: string }>('/system');
await orthanc.kill();
const row = (name: string, { before, peak, mostUndecided, seconds }: Flood) => [
  name,
  before.toFixed(0),
  peak.toFixed(0),
  (peak - before).toFixed(0),
  mostUndecided,
  seconds.toFixed(0),
];
keepResult('flood', {
  title: `${events.toLocaleString('en')} events at once`,
  command: 'npx tsc -b && node dist/bench/flood.js',
  machine: describeMachine(loadBefore, Version),
  columns: ['`serve`', 'at rest, MB', 'peak, MB', 'rise, MB', 'most undecided', 'seconds'],
  rows: [row('as shipped', asShipped), row('`intake.maxUndecided` 200', bounded)],
  remarks: [
    'Resident memory. Small CT images stand in the change log when the service starts; each is admitted, described and ' +
      'skipped by its rule. At rest is the same service beside an Orthanc that is away. What is undecided exceeds its bound ' +
      'by a page of the change log at most.',
  ],
  figures: { events, asShipped, bounded },
});
