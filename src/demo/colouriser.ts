import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PaletteName } from '../domain/job.js';
import type { ImageJson, ImageLinks, ImagePage, ServiceStatus } from '../http/api.js';
import { freePorts, type Household, untilReady } from './household.js';
import { Obstacle } from './obstacle.js';

/** The service as its page sees it. */
export interface Colouriser {
  readonly url: string;
  /** Rows of one image: one for each rendering, one for a skipped image. */
  rows(SOPInstanceUID: string): Promise<readonly ImageJson[]>;
  /** The hue that carries evidence; undefined where the model's colour is a tint without meaning. */
  evidenceHue(row: ImageJson): PaletteName | undefined;
  links(id: string): Promise<ImageLinks>;
  /** PNG, at most `width` pixels wide. */
  picture(id: string, side: 'before' | 'after', width: number): Promise<Buffer>;
}

const program = fileURLToPath(new URL('../../../bin/colouriser', import.meta.url));
/** Loading and checking the networks takes seconds, on a busy machine many. */
const startMs = 90_000;
/** Settings that a reader of the demo may want to try; all others are the demo's own. */
const kept = /^COLOURISER_(MODELS|RULES|INFERENCE|WORKERS|LIMITS)_/;

export async function planColouriser(): Promise<string> {
  const [port = 0] = await freePorts(1);
  return `http://127.0.0.1:${port}`;
}

/** `bin/colouriser serve` as a process of its own. @throws Obstacle with its last lines */
export async function startColouriser(
  url: string,
  orthancUrl: string,
  household: Household,
): Promise<Colouriser> {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !name.startsWith('COLOURISER_') || kept.test(name),
  );
  const servant = household.start('the colouriser', program, ['serve'], {
    ...Object.fromEntries(inherited),
    COLOURISER_ORTHANC_URL: orthancUrl,
    COLOURISER_HTTP_HOST: '127.0.0.1',
    COLOURISER_HTTP_PORT: new URL(url).port,
    COLOURISER_DATA_FOLDER: join(household.folder, 'colouriser'),
  });
  const { models } = await untilReady(
    servant,
    async () => {
      const answer = await fetch(`${url}/api/status`).catch(() => undefined);
      const status = answer?.ok === true ? ((await answer.json()) as ServiceStatus) : undefined;
      return status?.state === 'ready' ? status : undefined;
    },
    startMs,
  );
  const get = async (path: string) => {
    const answer = await fetch(`${url}/api/images${path}`).catch(() => undefined);
    if (servant.ended) {
      throw new Obstacle(`the colouriser ended. Its last words:\n${servant.said().slice(-2000)}`);
    }
    if (answer?.ok !== true) {
      throw new Obstacle(`the colouriser answers ${answer?.status ?? 'nothing'} for ${path}.`);
    }
    return answer;
  };
  return {
    url,
    async rows(SOPInstanceUID) {
      const page = (await (await get(`?uid=${SOPInstanceUID}`)).json()) as ImagePage;
      return page.images.filter((row) => row.source?.SOPInstanceUID === SOPInstanceUID);
    },
    evidenceHue({ model, palette }) {
      const known = models.find(({ name }) => name === model);
      return known?.kind === 'evidence' ? palette : undefined;
    },
    links: async (id) => (await (await get(`/${id}/links`)).json()) as ImageLinks,
    async picture(id, side, width) {
      const answer = await get(`/${id}/${side}.png?width=${width}`);
      return Buffer.from(await answer.arrayBuffer());
    },
  };
}
