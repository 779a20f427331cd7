import type { AuditLine, TaskBook, TaskKind } from '../ports/upkeep.js';

/** What one task has come to. It survives the process, except that of a rehearsal. */
export interface Journal<Place, Report> {
  /** Where an earlier process left it; undefined at the beginning. */
  readonly place: Place | undefined;
  readonly report: Report | undefined;
  /** Kept at most once a second: what lies behind the last place that was kept is done again. */
  save(place: Place, report: Report): void;
  finish(report: Report): void;
  audit(line: AuditLine): void;
}

export interface JournalOptions {
  readonly kind: TaskKind;
  /** What makes it this task: one that was left with the same options is taken up. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly askedBy: string;
  /** Keeps nothing. */
  readonly dryRun: boolean;
}

/** A task that was left longer ago begins anew: the world has moved on. */
const resumableMs = 24 * 60 * 60 * 1000;
const saveEveryMs = 1000;

/** Begins a task or takes it up where it was left. */
export function openJournal<Place, Report>(
  book: TaskBook,
  { kind, options, askedBy, dryRun }: JournalOptions,
  now: () => Date,
): Journal<Place, Report> {
  if (dryRun) {
    const nothing = () => undefined;
    return { place: undefined, report: undefined, save: nothing, finish: nothing, audit: nothing };
  }
  const task = book.begin(kind, options, askedBy, new Date(now().getTime() - resumableMs));
  let savedAt = now().getTime();
  return {
    // We wrote both ourselves, under the same kind and options.
    place: task.place as Place | undefined,
    report: task.report as Report | undefined,
    save(place, report) {
      if (now().getTime() - savedAt < saveEveryMs) return;
      savedAt = now().getTime();
      book.save(task.id, place, report);
    },
    finish: (report) => {
      book.finish(task.id, report);
    },
    audit: (line) => {
      book.audit(task.id, line);
    },
  };
}
