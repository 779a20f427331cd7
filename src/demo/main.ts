/** The demo, from an empty folder to colour series in a viewer. `scripts/demo.mjs` prepares and calls it. */
import { mkdir, statfs, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { openPacs } from '../compose/connections.js';
import { loadSettings } from '../config/load-settings.js';
import { ColouriseError, errorKinds } from '../domain/errors.js';
import { planColouriser, startColouriser, type Colouriser } from './colouriser.js';
import { type Archive, deliver, type Delivery } from './deliver.js';
import { openHousehold, type Household } from './household.js';
import { sideBySide } from './montage.js';
import { Obstacle } from './obstacle.js';
import { type OrthancSource, planOrthanc, startOrthanc } from './private-orthanc.js';
import { createProgress, type Progress, seconds, watch } from './progress.js';
import { deliveryText, summaryLine } from './report.js';
import { fileSources, phantomSources, type Source } from './sources.js';

export interface DemoOptions {
  readonly orthanc: OrthancSource;
  /** End when all is done instead of staying until Ctrl-C. */
  readonly once: boolean;
  readonly small: boolean;
  /** Folder for the pictures; made when missing. */
  readonly output: string;
  /** DICOM files and folders; phantoms when empty. */
  readonly paths: readonly string[];
}

const exitCodes = { done: 0, failed: 1, interrupted: 130 } as const;
/** Width of the single pictures, pixels. */
const pictureWidth = 1250;
/** Two ledgers' worth and four radiographs with their colour. */
const leastFreeBytes = 500e6;

/** Resolves with the exit code once every child process and the temporary folder are gone. */
export async function runDemo(options: DemoOptions): Promise<number> {
  const progress = createProgress();
  const household = openHousehold();
  const interrupted = interruption();
  try {
    const show = demo(options, household, progress);
    const deliveries = await Promise.race([show, interrupted]);
    // What the interruption leaves behind ends by itself once its servants are gone.
    show.catch(() => undefined);
    if (deliveries === undefined) return exitCodes.interrupted;
    if (!options.once) {
      progress.say('\nCtrl-C ends the demo and removes its Orthanc.');
      await interrupted;
    }
    return deliveries.some(({ outcome }) => outcome === 'failed')
      ? exitCodes.failed
      : exitCodes.done;
  } catch (thrown) {
    progress.say(`\n✗ ${explain(thrown)}`);
    return exitCodes.failed;
  } finally {
    progress.show('  ending Orthanc and the colouriser …');
    await household.close();
    progress.say('');
  }
}

/** Resolves at the first signal; a second one does not wait for anything. */
function interruption(): Promise<undefined> {
  return new Promise((resolveFirst) => {
    let signals = 0;
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => {
        signals += 1;
        if (signals > 1) process.exit(exitCodes.interrupted);
        resolveFirst(undefined);
      });
    }
  });
}

async function demo(
  options: DemoOptions,
  household: Household,
  progress: Progress,
): Promise<readonly Delivery[]> {
  const output = resolve(options.output);
  const sources =
    options.paths.length === 0 ? phantomSources(options.small) : await fileSources(options.paths);
  await mkdir(output, { recursive: true });
  for (const folder of [household.folder, output]) await checkSpace(folder);

  const { archive, colouriser } = await startServers(options.orthanc, household, progress);
  progress.say(`  the console       ${colouriser.url}/`);
  progress.say(`  Orthanc Explorer  ${archive.url}/app/explorer.html`);
  progress.say(`• sending ${sources.length} pictures by STOW-RS, one after the other`);
  const deliveries: Delivery[] = [];
  for (const [index, source] of sources.entries()) {
    const place = `${index + 1} of ${sources.length}  ${source.title}`;
    deliveries.push(...(await present(source, place, { archive, colouriser, output, progress })));
  }
  progress.say(`\n${summaryLine(deliveries)}`);
  progress.say(`Before and after: ${output}`);
  if (!options.once) await sayWhereToLook(deliveries, colouriser, progress);
  return deliveries;
}

async function startServers(
  orthancSource: OrthancSource,
  household: Household,
  progress: Progress,
): Promise<{ readonly archive: Archive; readonly colouriser: Colouriser }> {
  const url = await planColouriser();
  const plan = await planOrthanc(url);
  const { tookMs } = await watch(progress, 'starting a private Orthanc', () =>
    startOrthanc(orthancSource, plan, household),
  );
  progress.say(`• a private Orthanc runs (${seconds(tookMs)})`);
  const pacs = openPacs(loadSettings(undefined, { COLOURISER_ORTHANC_URL: plan.url }));
  household.onClose(() => {
    pacs.close();
  });
  const started = await watch(progress, 'starting the colouriser', () =>
    startColouriser(url, plan.url, household),
  );
  progress.say(`• the colouriser runs (${seconds(started.tookMs)})`);
  return { archive: { url: plan.url, pacs }, colouriser: started.value };
}

interface Stage {
  readonly archive: Archive;
  readonly colouriser: Colouriser;
  readonly output: string;
  readonly progress: Progress;
}

/** Sends one picture, says what became of it and writes its pictures. */
async function present(
  source: Source,
  place: string,
  { archive, colouriser, output, progress }: Stage,
): Promise<readonly Delivery[]> {
  progress.show(`  ${place} …`);
  const part10 = await source.load();
  const { value: deliveries } = await watch(progress, place, () =>
    deliver(part10, archive, colouriser),
  );
  for (const delivery of deliveries) {
    progress.say(`  ${place}: ${deliveryText(delivery)}`);
    const { row } = delivery;
    if (row?.output === undefined) continue;
    const name = deliveries.length > 1 ? `${source.name}-${row.model ?? row.id}` : source.name;
    progress.show('  writing its pictures …');
    const [before, after] = [
      await colouriser.picture(row.id, 'before', pictureWidth),
      await colouriser.picture(row.id, 'after', pictureWidth),
    ];
    await writeFile(join(output, `${name}.before.png`), before);
    await writeFile(join(output, `${name}.after.png`), after);
    const file = join(output, `${name}.png`);
    await writeFile(file, await sideBySide(before, after, colouriser.evidenceHue(row)));
  }
  return deliveries;
}

/** Links are as many as a reader can take in. */
const shownLinks = 6;

async function sayWhereToLook(
  deliveries: readonly Delivery[],
  colouriser: Colouriser,
  progress: Progress,
): Promise<void> {
  const rows = deliveries.flatMap(({ row }) => (row?.output ? [row] : [])).slice(0, shownLinks);
  if (rows.length > 0) progress.say("The colour series in Orthanc's web viewer:");
  for (const row of rows) {
    const { viewer } = await colouriser.links(row.id);
    if (viewer !== undefined) progress.say(`  ${viewer}`);
  }
}

async function checkSpace(folder: string): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize >= leastFreeBytes) return;
  throw new Obstacle(
    `less than 500 MB is free in ${folder}: free some, or point TMPDIR or --output elsewhere.`,
  );
}

function explain(thrown: unknown): string {
  if (thrown instanceof Obstacle) return thrown.message;
  if (thrown instanceof ColouriseError) {
    return `${thrown.code}: ${thrown.message} → ${errorKinds[thrown.code].next}`;
  }
  if (!(thrown instanceof Error)) return String(thrown);
  // A refused folder or a full disk says all in its message; anything else is a fault of the demo.
  return 'code' in thrown && 'syscall' in thrown
    ? thrown.message
    : (thrown.stack ?? thrown.message);
}
