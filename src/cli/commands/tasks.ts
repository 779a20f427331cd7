import { setTimeout as sleep } from 'node:timers/promises';
import { userInfo } from 'node:os';
import type { Settings } from '../../config/load-settings.js';
import { ColouriseError, errorKinds, type ErrorCode } from '../../domain/errors.js';
import { balanceLine, type SweepReport } from '../../domain/sweep.js';
import type { ReprocessReport, TaskRequest, WithdrawReport } from '../../ports/tasks.js';
import { type ExitCode, exitCodes, type Output } from '../output.js';
import { stopSignal } from '../stop-signal.js';
import { openDesk, type SeenTask, type TaskDesk } from '../task-desk.js';

const lookEveryMs = 500;

/** Begins work on many images, shows how far it is, and ends with its report; Ctrl-C ends it after the image in hand. */
export async function runTask(
  settings: Settings,
  request: TaskRequest,
  output: Output,
): Promise<ExitCode> {
  const stopped = stopSignal();
  const desk = await openDesk(settings, request.dryRun);
  try {
    await desk.start(request);
    let isStopped = false;
    void stopped.then(() => (isStopped = true));
    const task = await followed(desk, output, () => isStopped);
    return conclude(request, task, output);
  } finally {
    await desk.close();
  }
}

/** Who asks, for the audit. */
export function askedBy(): string {
  return `command line, ${userInfo().username}`.replaceAll(/[^\w .,:@/-]/g, '_').slice(0, 64);
}

async function followed(
  desk: TaskDesk,
  output: Output,
  isStopped: () => boolean,
): Promise<SeenTask | undefined> {
  let said = '';
  for (;;) {
    const task = await desk.latest();
    if (task?.outcome !== undefined || task === undefined) return task;
    const line = task.of > task.done ? `${task.done} of ${task.of}` : `${task.done}`;
    if (line !== said) output.remark(line);
    said = line;
    if (isStopped()) await desk.cancel();
    else await sleep(lookEveryMs);
  }
}

function conclude(request: TaskRequest, task: SeenTask | undefined, output: Output): ExitCode {
  const { kind, dryRun } = request;
  if (task === undefined) {
    throw new ColouriseError(
      'QUEUE_UNAVAILABLE',
      'the service was started anew meanwhile: ask again',
    );
  }
  if (task.outcome === 'failed') {
    const code = (task.code ?? 'INTERNAL') as ErrorCode;
    if (code in errorKinds) throw new ColouriseError(code, task.reason ?? '');
    throw new ColouriseError('INTERNAL', task.reason ?? '');
  }
  const { outcome, report } = task;
  const text =
    outcome === 'done' ? reportText(request, report) : 'cancelled; the same command goes on';
  output.result({ outcome, kind, dryRun, report }, text);
  return outcome === 'done' ? exitCodes.done : exitCodes.skipped;
}

/** What it came to, in lines. The report is ours, from this process or from a service of this release. */
function reportText(request: TaskRequest, report: unknown): string {
  switch (request.kind) {
    case 'sweep':
      return sweepText(report as SweepReport);
    case 'withdraw':
      return withdrawText(report as WithdrawReport, request.dryRun);
    case 'reprocess':
      return reprocessText(report as ReprocessReport, request.dryRun);
    default:
      return request satisfies never;
  }
}

function sweepText(report: SweepReport): string {
  const { outputDeleted, originalDeleted, relabelled, duplicate } = report.findings;
  const examples = report.examples.map(
    ({ finding, id, SOPInstanceUID, differs }) =>
      `  ${finding} ${id} ${SOPInstanceUID}${differs ? `: ${differs.join(', ')}` : ''}`,
  );
  return [
    `${balanceLine(report)} (since ${report.since}); ${report.admitted} of the missing are decided now`,
    `${report.compared} stored: colour deleted ${outputDeleted}, original deleted ${originalDeleted}, ` +
      `other patient or study data ${relabelled}, duplicates ${duplicate}; queued again ${report.requeued}`,
    ...examples,
  ].join('\n');
}

function withdrawText(report: WithdrawReport, dryRun: boolean): string {
  const { stored, studies, pending } = report.selected;
  const selected = `${stored} colour images in ${studies} studies`;
  const waiting =
    pending > 0 ? `\n${pending} more are pending: change the rules, then ask again` : '';
  if (dryRun) return `${selected} would be withdrawn${waiting}`;
  const refused =
    report.refused > 0
      ? `\n${report.refused} left alone, since what stands under their UID is not ours`
      : '';
  return `${report.withdrawn} withdrawn, ${report.alreadyGone} of them gone before${refused}${waiting}`;
}

function reprocessText({ selected, queued, originalsGone }: ReprocessReport, dryRun: boolean) {
  if (dryRun) return `${selected.stored + selected.withdrawn} images would be processed again`;
  return `${queued} queued again, ${originalsGone} without their originals`;
}
