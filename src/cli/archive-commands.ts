import type { Command } from 'commander';
import { action } from './action.js';
import { askedBy, runTask } from './commands/tasks.js';
import { lookBack, moment, rate } from './moments.js';

/** `sweep`, `withdraw` and `reprocess`: work on many images of the archive. */
export function addArchiveCommands(program: Command): void {
  program
    .command('sweep')
    .description('compare what Orthanc holds with the ledger, and decide what was missed')
    .option('--since <days>', 'look back so far, e.g. 30d; default: that of the settings', lookBack)
    .option('--dry-run', 'only look and count')
    .option('--restore', 'colour anew what somebody deleted by hand')
    .option('--redo', 'replace colour whose patient or study data have changed since')
    .action(
      action((settings, output, command) => {
        const { since, dryRun = false, restore = false, redo = false } = command.opts<SweepFlags>();
        const request = {
          dryRun,
          restore,
          redo,
          askedBy: askedBy(),
          days: since ?? settings.sweep.days,
        };
        return runTask(settings, { kind: 'sweep', ...request }, output);
      }),
    );

  withSelection(
    program
      .command('withdraw')
      .requiredOption('--model <name>', 'model')
      .requiredOption('--version <version>', 'version of the model'),
    10,
  )
    .description('delete the colour of one version of a model from Orthanc; run it again to go on')
    .action(
      action((settings, output, command) => {
        const { version = '', ...selection } = selectionOf(command);
        return runTask(settings, { kind: 'withdraw', version, ...selection }, output);
      }),
    );

  withSelection(
    program
      .command('reprocess')
      .requiredOption('--model <name>', 'model')
      .option('--version <version>', 'only this version of the model')
      .option('--to-model <name>', 'queue for this model, whatever the rules say'),
    2,
  )
    .description('decide anew what a model coloured, by the rules of now; run it again to go on')
    .action(
      action((settings, output, command) => {
        const { toModel } = command.opts<{ readonly toModel?: string }>();
        const to = toModel === undefined ? {} : { toModel };
        return runTask(settings, { kind: 'reprocess', ...selectionOf(command), ...to }, output);
      }),
    );
}

interface SweepFlags {
  readonly since?: number;
  readonly dryRun?: boolean;
  readonly restore?: boolean;
  readonly redo?: boolean;
}

interface SelectionFlags {
  readonly model: string;
  readonly version?: string;
  readonly since?: Date;
  readonly until?: Date;
  readonly dryRun?: boolean;
  readonly rate: number;
}

function withSelection(command: Command, perSecond: number): Command {
  return command
    .option('--since <time>', 'only what was stored since: 30d or a date', moment)
    .option('--until <time>', 'only what was stored before: a date', moment)
    .option('--dry-run', 'only count')
    .option('--rate <number>', 'images a second at most', rate, perSecond);
}

function selectionOf(command: Command) {
  const {
    model,
    version,
    since,
    until,
    dryRun = false,
    rate: perSecond,
  } = command.opts<SelectionFlags>();
  return {
    model,
    ...(version === undefined ? {} : { version }),
    ...(since === undefined ? {} : { since }),
    ...(until === undefined ? {} : { until }),
    dryRun,
    perSecond,
    askedBy: askedBy(),
  };
}
