import { localTime } from './calendar.js';
import type {
  Change,
  ChangedImage,
  MeasuredModel,
  ModelLoad,
  RehearsedImage,
  RulesOutlook,
  Ruling,
} from './rehearsal.js';

type ChangeKind = 'newlyTaken' | 'noLongerTaken' | 'takenOtherwise' | 'same';

const bounds = { examples: 50, reasonsKept: 200, reasonsShown: 5 } as const;
const hourMs = 3_600_000;

/** How two rulings on one image differ. */
export function changeOf(live: Ruling, edited: Ruling): ChangeKind {
  if (live.outcome !== edited.outcome) {
    return edited.outcome === 'colourise' ? 'newlyTaken' : 'noLongerTaken';
  }
  const look = ({ actions, priority }: Ruling) => JSON.stringify([actions, priority]);
  return look(live) === look(edited) ? 'same' : 'takenOtherwise';
}

export interface TallyOptions {
  readonly timeZone: string;
  readonly days: number;
  readonly defaultModel: string;
  readonly measured: readonly MeasuredModel[];
}

/** Counts images as they come; holds no more of them than a few examples. */
export class RehearsalTally {
  private readonly live: OutlookTally;
  private readonly edited: OutlookTally;
  private readonly changes = {
    newlyTaken: new ChangeTally(),
    noLongerTaken: new ChangeTally(),
    takenOtherwise: new ChangeTally(),
  };
  private same = 0;
  images = 0;

  constructor(options: TallyOptions) {
    this.live = new OutlookTally(options);
    this.edited = new OutlookTally(options);
  }

  add(image: RehearsedImage): void {
    this.images += 1;
    this.live.add(image.live);
    this.edited.add(image.edited);
    const kind = changeOf(image.live, image.edited);
    if (kind === 'same') this.same += 1;
    else this.changes[kind].add(image);
  }

  outcome(versions: { readonly live: string; readonly edited: string }) {
    const { newlyTaken, noLongerTaken, takenOtherwise } = this.changes;
    return {
      images: this.images,
      live: { version: versions.live, ...this.live.outlook() },
      edited: { version: versions.edited, ...this.edited.outlook() },
      changes: {
        newlyTaken: newlyTaken.change(),
        noLongerTaken: noLongerTaken.change(),
        takenOtherwise: takenOtherwise.change(),
        same: this.same,
      },
    };
  }
}

class ChangeTally {
  private images = 0;
  private readonly examples: ChangedImage[] = [];

  add({ live, edited, arrivedAt, ...uids }: RehearsedImage): void {
    this.images += 1;
    if (this.examples.length >= bounds.examples) return;
    const { StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID } = uids;
    const said = ({ rule, reason }: Ruling) => ({ rule, reason });
    this.examples.push({
      StudyInstanceUID,
      SeriesInstanceUID,
      SOPInstanceUID,
      arrivedAt,
      live: said(live),
      edited: said(edited),
    });
  }

  change(): Change {
    return { images: this.images, examples: this.examples };
  }
}

class OutlookTally {
  private readonly options: TallyOptions;
  private readonly counts = new Map<
    string,
    { ruling: Ruling; images: number; whys: Map<string, number> }
  >();
  private readonly perHour = new Array<number>(24).fill(0);
  private readonly hours = new Map<number, number>();
  private readonly models = new Map<string, number>();
  private jobs = 0;

  constructor(options: TallyOptions) {
    this.options = options;
  }

  add(ruling: Ruling): void {
    const { rule, outcome, code = '', why, actions, startsAt } = ruling;
    const key = JSON.stringify([rule, outcome, code]);
    const count = this.counts.get(key) ?? { ruling, images: 0, whys: new Map<string, number>() };
    count.images += 1;
    if (count.whys.has(why) || count.whys.size < bounds.reasonsKept) increment(count.whys, why, 1);
    this.counts.set(key, count);
    if (actions.length === 0) return;
    this.jobs += actions.length;
    const hour = Math.floor(localTime(startsAt, this.options.timeZone).minute / 60);
    this.perHour[hour] = (this.perHour[hour] ?? 0) + actions.length;
    increment(this.hours, Math.floor(startsAt.getTime() / hourMs), actions.length);
    for (const { model = this.options.defaultModel } of actions) increment(this.models, model, 1);
  }

  outlook(): Omit<RulesOutlook, 'version'> {
    const { days } = this.options;
    const [busiest] = [...this.hours].sort(most);
    return {
      counts: [...this.counts.values()]
        .sort((one, other) => other.images - one.images)
        .map(({ ruling: { rule, outcome, code }, images, whys }) => ({
          rule,
          outcome,
          ...(code === undefined ? {} : { code }),
          images,
          reasons: [...whys]
            .sort(most)
            .slice(0, bounds.reasonsShown)
            .map(([why, n]) => ({ why, images: n })),
        })),
      load: {
        jobs: this.jobs,
        perHour: this.perHour.map((n) => Math.round((n / days) * 100) / 100),
        ...(busiest
          ? { busiestHour: { begins: new Date(busiest[0] * hourMs), jobs: busiest[1] } }
          : {}),
        models: [...this.models].sort(most).map(([model, jobs]) => this.loadOf(model, jobs)),
      },
    };
  }

  private loadOf(model: string, jobs: number): ModelLoad {
    const measured = this.options.measured.find((each) => each.model === model);
    if (!measured) return { model, jobs };
    const minutes = (ms: number) => Math.round((jobs * ms) / 6000) / 10;
    return {
      model,
      jobs,
      computeMinutes: minutes(measured.totalMs),
      networkMinutes: minutes(measured.inferMs),
    };
  }
}

function increment<K>(counts: Map<K, number>, key: K, by: number): void {
  counts.set(key, (counts.get(key) ?? 0) + by);
}

const most = ([, one]: readonly [unknown, number], [, other]: readonly [unknown, number]) =>
  other - one;
