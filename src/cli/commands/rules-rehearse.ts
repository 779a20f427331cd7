import { knownNames } from '../../compose/forwarding.js';
import { openRehearsal } from '../../compose/rehearsal.js';
import { loadRules } from '../../config/load-rules.js';
import type { Settings } from '../../config/load-settings.js';
import type {
  Change,
  ExplainedImage,
  ExplainedRuling,
  Load,
  RehearsalReport,
  RulesOutlook,
} from '../../domain/rehearsal.js';
import { explanationLines } from '../explanation-lines.js';
import { type ExitCode, exitCodes, type Output } from '../output.js';

export interface RehearseFlags {
  readonly days: number;
  readonly limit: number;
  readonly explain?: string;
  readonly fresh?: boolean;
}

/** Remarks on the way: at most one in this time, ms. */
const remarkEveryMs = 2_000;
const shownExamples = 5;

/** `rules rehearse FILE`: what these rules would have made of the archive's last days. */
export async function rulesRehearse(
  file: string,
  settings: Settings,
  { days, limit, explain, fresh }: RehearseFlags,
  output: Output,
): Promise<ExitCode> {
  const edited = await loadRules(file, knownNames(settings));
  const stopping = new AbortController();
  const stop = () => {
    stopping.abort();
  };
  process.once('SIGINT', stop).once('SIGTERM', stop);
  const rehearsal = await openRehearsal(settings);
  let remarkedAt = Date.now();
  try {
    const { report, explained } = await rehearsal.run({
      edited,
      days,
      limit,
      explain,
      fresh,
      signal: stopping.signal,
      onProgress: ({ looked, of, images }) => {
        if (Date.now() - remarkedAt < remarkEveryMs) return;
        remarkedAt = Date.now();
        output.remark(`looked at ${looked} of ${of} studies, decided ${images} images`);
      },
    });
    const text = explain === undefined ? reportText(report) : explainedText(explained);
    output.result(explain === undefined ? report : { report, explained }, text);
    return exitCodes.done;
  } catch (thrown) {
    if (!stopping.signal.aborted) throw thrown;
    const reason = 'stopped before its end; what was read is kept for the next time';
    output.result({ outcome: 'stopped', reason }, reason);
    return exitCodes.skipped;
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
    rehearsal.close();
  }
}

function reportText(report: RehearsalReport): string {
  const { edited, live, changes, images, studies, studiesFromCache, studiesUnread } = report;
  const from = `${studies} studies (${studiesFromCache} from the cache)`;
  return [
    `${images} images of ${from}, ${day(report.since)} to ${day(report.until)}`,
    ...(studiesUnread > 0 ? [`${studiesUnread} studies are listed by Orthanc but not served`] : []),
    ...(report.complete ? [] : ['stopped at --limit: more images came in this time']),
    ...report.missingModels.map(
      (model) => `model '${model}' is not installed: its images would fail`,
    ),
    '',
    `edited rules, version ${edited.version}`,
    ...countLines(edited),
    '',
    `beside the rules in force, version ${live.version}: ${changes.same} images alike`,
    ...changeLines('newly taken', changes.newlyTaken),
    ...changeLines('no longer taken', changes.noLongerTaken),
    ...changeLines('taken otherwise', changes.takenOtherwise),
    '',
    ...loadLines(edited.load, live.load, report.timeZone),
  ].join('\n');
}

function countLines({ counts }: RulesOutlook): readonly string[] {
  return counts.flatMap(({ rule, outcome, code, images, reasons }) => [
    `${String(images).padStart(8)}  ${outcome}${code === undefined ? '' : ` ${code}`}${rule === '' ? '' : `, rule '${rule}'`}`,
    ...reasons.map(({ why, images: n }) => `${' '.repeat(10)}${String(n).padStart(8)}  ${why}`),
  ]);
}

function changeLines(what: string, { images, examples }: Change): readonly string[] {
  return [
    `${String(images).padStart(8)}  ${what}`,
    ...examples
      .slice(0, shownExamples)
      .map(({ SOPInstanceUID, edited }) => `${' '.repeat(10)}${SOPInstanceUID}  ${edited.reason}`),
  ];
}

function loadLines(edited: Load, live: Load, timeZone: string): readonly string[] {
  const models = edited.models.map(({ model, jobs, computeMinutes, networkMinutes }) =>
    computeMinutes === undefined
      ? `${String(jobs).padStart(8)}  ${model}, never measured here`
      : `${String(jobs).padStart(8)}  ${model}, ${computeMinutes} min of work, ${networkMinutes ?? 0} of it in the network`,
  );
  const hours = edited.perHour.map((jobs, hour) => `${String(hour).padStart(2, '0')}: ${jobs}`);
  const { busiestHour } = edited;
  return [
    `${edited.jobs} colour images (in force: ${live.jobs})`,
    ...models,
    `a day, by hour of its beginning (${timeZone})`,
    ...[0, 8, 16].map((from) => `  ${hours.slice(from, from + 8).join('  ')}`),
    ...(busiestHour
      ? [`busiest hour: ${busiestHour.begins.toISOString()}, ${busiestHour.jobs}`]
      : []),
  ];
}

function explainedText(explained: readonly ExplainedImage[]): string {
  if (explained.length === 0) return 'no image of this time has that UID';
  return explained
    .map(({ SOPInstanceUID, arrivedAt, edited, live }) =>
      [
        `${SOPInstanceUID}, arrived ${arrivedAt.toISOString()}`,
        ...rulingLines('edited', edited),
        ...rulingLines('in force', live),
      ].join('\n'),
    )
    .join('\n\n');
}

function rulingLines(which: string, { outcome, code, reason, explanation }: ExplainedRuling) {
  const what = `${outcome}${code === undefined ? '' : ` ${code}`}`;
  return [`  ${which}: ${what}: ${reason}`, ...explanationLines(explanation, 2)];
}

function day(at: Date): string {
  return at.toISOString().slice(0, 10);
}
