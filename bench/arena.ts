/**
 * Two equal Orthancs, one for the service and one for those it is compared with, so that neither sees the other's
 * images; and the contestants. Everything is measured from here, the same way for all.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { InstanceRef } from '../src/domain/job.js';
import { PrivateOrthanc } from '../test/support/orthanc.js';
import { temporaryFolder, until } from '../test/support/process.js';
import { type Lackey, type Ours, startFloor, startOurs, type Timings } from './contestants.js';
import { copyOf, type Film, freshUidOfLength } from './films.js';
import type { FloorTask } from './floor.js';
import { cpuSeconds } from './processes.js';
import { exchange, json, stow } from './wire.js';

export interface Run {
  /** From the answer to the source's STOW until the change log shows the colour instance, ms. */
  readonly ms: number;
  readonly timingsMs: Timings;
}

export interface Burst {
  readonly images: number;
  readonly imagesPerSecond: number;
  /** Orthanc and the contestant together. */
  readonly cpuSecondsPerImage: number;
  readonly orthancCpuSecondsPerImage: number;
}

type Template = FloorTask['template'];

export class Arena {
  /** The service's archive, and that of the others. */
  readonly home: PrivateOrthanc;
  readonly away: PrivateOrthanc;
  readonly ours: Ours;
  readonly floor: Lackey;
  private readonly templates = new Map<number, Template>();

  private constructor(home: PrivateOrthanc, away: PrivateOrthanc, ours: Ours, floor: Lackey) {
    this.home = home;
    this.away = away;
    this.ours = ours;
    this.floor = floor;
  }

  static async open(nodeOptions: readonly string[] = []): Promise<Arena> {
    const [home, away] = await Promise.all([PrivateOrthanc.start(), PrivateOrthanc.start()]);
    const ours = await startOurs(home.url, nodeOptions);
    return new Arena(home, away, ours, await startFloor(away.url));
  }

  async version(): Promise<string> {
    return (await json<{ readonly Version: string }>(`${this.home.url}/system`)).Version;
  }

  async close(): Promise<void> {
    await Promise.all([this.ours.end(), this.floor.end()]);
    await Promise.all([this.home.kill(), this.away.kill()]);
  }

  /** One image through the service. */
  async ourImage(template: Film): Promise<Run> {
    const film = copyOf(template);
    await stow(this.home.url, film.part10);
    const last = await lastChange(this.home.url);
    const begin = performance.now();
    await this.ours.wake();
    await instanceAfter(this.home.url, last);
    const ms = performance.now() - begin;
    const row = await until('the row', async () => {
      const found = await this.ours.rowOf(film.SOPInstanceUID);
      return found?.state === 'pending' ? undefined : found;
    });
    if (row.state !== 'stored' || row.output === undefined) throw new Error(row.reason);
    await this.keepTemplate(template, { ...film, ...row.output });
    return { ms, timingsMs: row.timingsMs };
  }

  /** One image through the floor or a peer. */
  async theirImage(contestant: Lackey, template: Film): Promise<Run> {
    const film = copyOf(template);
    await stow(this.away.url, film.part10);
    const last = await lastChange(this.away.url);
    const begin = performance.now();
    const performed = contestant.perform(this.taskFor(template, film));
    await instanceAfter(this.away.url, last);
    const ms = performance.now() - begin;
    return { ms, timingsMs: await performed };
  }

  /** Images that arrive while the service stands still, and what it then takes for all of them. */
  async ourBurst(template: Film, images: number): Promise<Burst> {
    const before = await this.ours.stored();
    this.ours.freeze();
    await sendMany(this.home.url, template, images);
    const held = await instancesIn(this.home.url);
    return this.measured(
      { orthanc: this.home.pid, contestant: this.ours.pid },
      images,
      async () => {
        this.ours.thaw();
        await this.ours.wake();
        await holds(this.home.url, held + images);
      },
      () => this.ours.settled(before + images),
    );
  }

  /** @param inFlight images in hand at the same time */
  async theirBurst(
    contestant: Lackey,
    template: Film,
    images: number,
    inFlight: number,
  ): Promise<Burst> {
    const waiting = (await sendMany(this.away.url, template, images)).map((ref) =>
      this.taskFor(template, ref),
    );
    const pids = { orthanc: this.away.pid, contestant: contestant.pid };
    return this.measured(pids, images, async () => {
      const work = async () => {
        for (let task = waiting.pop(); task !== undefined; task = waiting.pop()) {
          await contestant.perform(task);
        }
      };
      await Promise.all(Array.from({ length: inFlight }, work));
    });
  }

  /** Removes all images, so that disks and caches stay what they were. */
  async empty(): Promise<void> {
    for (const { url } of [this.home, this.away]) {
      for (const id of await json<readonly string[]>(`${url}/patients`)) {
        await exchange({ method: 'DELETE', url: `${url}/patients/${id}` });
      }
    }
  }

  /**
   * @param work until the last image is stored
   * @param rest what is still done after that and belongs to them: it counts as processor time, not as time
   */
  private async measured(
    pids: { readonly orthanc: number; readonly contestant: number },
    images: number,
    work: () => Promise<void>,
    rest: () => Promise<void> = () => Promise.resolve(),
  ): Promise<Burst> {
    const [orthancBefore, before] = [cpuSeconds(pids.orthanc), cpuSeconds(pids.contestant)];
    const begin = performance.now();
    await work();
    const seconds = (performance.now() - begin) / 1000;
    await rest();
    const orthanc = cpuSeconds(pids.orthanc) - orthancBefore;
    return {
      images,
      imagesPerSecond: images / seconds,
      cpuSecondsPerImage: (orthanc + cpuSeconds(pids.contestant) - before) / images,
      orthancCpuSecondsPerImage: orthanc / images,
    };
  }

  private taskFor(template: Film, source: InstanceRef): FloorTask {
    const kept = this.templates.get(template.part10.length);
    if (kept === undefined) throw new Error('the service has not coloured this size yet');
    const { ref } = kept;
    const target = {
      StudyInstanceUID: source.StudyInstanceUID,
      SeriesInstanceUID: freshUidOfLength(ref.SeriesInstanceUID.length),
      SOPInstanceUID: freshUidOfLength(ref.SOPInstanceUID.length),
    };
    const { StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID } = source;
    return {
      source: { StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID },
      template: kept,
      target,
    };
  }

  /** The floor sends what the service sent: once, its object is kept as a file. */
  private async keepTemplate(template: Film, ref: InstanceRef): Promise<void> {
    const size = template.part10.length;
    if (this.templates.has(size)) return;
    const answer = await exchange({
      method: 'POST',
      url: `${this.home.url}/tools/lookup`,
      body: [Buffer.from(ref.SOPInstanceUID)],
    });
    const [found] = JSON.parse(answer.toString()) as readonly { readonly ID: string }[];
    const file = join(temporaryFolder(), `${size}.dcm`);
    const url = `${this.home.url}/instances/${found?.ID ?? ''}/file`;
    writeFileSync(file, await exchange({ url }));
    const { StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID } = ref;
    this.templates.set(size, {
      file,
      ref: { StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID },
    });
  }
}

const instancesIn = async (url: string) =>
  (await json<{ readonly CountInstances: number }>(`${url}/statistics`)).CountInstances;

/**
 * The archive is asked, for what the service says of itself may be a second old; but seldom: every 20 ms took a
 * thirtieth of both cores, from the service alone.
 */
async function holds(url: string, instances: number): Promise<void> {
  await until(
    `${instances} instances`,
    async () => (await instancesIn(url)) >= instances,
    300_000,
    100,
  );
}

async function sendMany(url: string, template: Film, images: number): Promise<InstanceRef[]> {
  const refs: InstanceRef[] = [];
  for (let image = 0; image < images; image++) {
    const { part10, ...ref } = copyOf(template);
    await stow(url, part10);
    refs.push(ref);
  }
  return refs;
}

interface ChangePage {
  readonly Changes: readonly { readonly ChangeType: string }[];
  readonly Last: number;
}

async function lastChange(url: string): Promise<number> {
  return (await json<ChangePage>(`${url}/changes?last`)).Last;
}

/** Orthanc's cheapest answer to 'is it there', asked often: the same for all contestants. */
async function instanceAfter(url: string, since: number): Promise<void> {
  const end = performance.now() + 120_000;
  while (performance.now() < end) {
    const page = await json<ChangePage>(`${url}/changes?since=${since}&limit=50`);
    if (page.Changes.some(({ ChangeType }) => ChangeType === 'NewInstance')) return;
    await pause(5);
  }
  throw new Error('no colour instance within two minutes');
}
