import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { knownNames } from '../compose/forwarding.js';
import { openColourTools } from '../compose/tools.js';
import { loadRules } from '../config/load-rules.js';
import { loadSettings, type Settings } from '../config/load-settings.js';
import { asColouriseError, errorKinds } from '../domain/errors.js';
import {
  type Compression,
  compressions,
  type DisplayProfile,
  type PaletteName,
} from '../domain/job.js';
import { displayCurves } from '../imaging/display-curve.js';
import { palettes } from '../imaging/palette.js';
import { softwareVersion } from '../version.js';
import { doctor } from './commands/doctor.js';
import { listForwards, retryForwards } from './commands/forward.js';
import type { InstallFlags } from './commands/models-manage.js';
import { shadow, type ShadowFlags } from './commands/models-shadow.js';
import { listModels, verifyModels } from './commands/models.js';
import { notifyTest } from './commands/notify.js';
import { rulesCheck } from './commands/rules-check.js';
import { rulesExplain } from './commands/rules-explain.js';
import { rulesRehearse, type RehearseFlags } from './commands/rules-rehearse.js';
import { serve } from './commands/serve.js';
import { askedBy, runTask } from './commands/tasks.js';
import { work } from './commands/work.js';
import { createLogger } from './logger.js';
import { lookBack, moment, rate } from './moments.js';
import { addPeopleCommands } from './people-commands.js';
import { createOutput, type ExitCode, exitCodes, type Output } from './output.js';

// What `serve` has no use for is loaded by the commands that do.
const modelsManage = () => import('./commands/models-manage.js');

interface GlobalOptions {
  readonly config?: string;
  readonly json?: boolean;
  /** Of the commands that run networks. */
  readonly provider?: string;
}

const onProvider = () =>
  new Option(
    '--provider <name>',
    'hardware for the networks; default: that of the settings',
  ).choices(['cpu', 'cuda', 'webgpu']);

const program = new Command('colouriser')
  .description(
    'Puts colour beside every chest radiograph in an Orthanc archive.\n' +
      'Research software, not for diagnosis.',
  )
  .option('-c, --config <file>', 'settings (YAML); also COLOURISER_CONFIG')
  .option('--json', 'print the result as one JSON document')
  .showSuggestionAfterError()
  .exitOverride()
  .addHelpText(
    'after',
    '\nExit codes: 0 done, 2 usage or configuration, 3 skipped, 4 input refused, 5 a server failed.',
  );

// Options of the program are known behind every command, and these two mean the version of a model.
const ownVersion = ['withdraw', 'reprocess'];
if (!process.argv.some((word) => ownVersion.includes(word))) program.version(softwareVersion);

/** Runs a command; a fault becomes one line (or JSON), with what to do next. */
function action(
  run: (settings: Settings, output: Output, command: Command) => Promise<ExitCode>,
): (...commandArguments: unknown[]) => Promise<void> {
  return async (...commandArguments) => {
    const command = commandArguments.at(-1) as Command;
    const { config, provider, json = false } = command.optsWithGlobals<GlobalOptions>();
    const output = createOutput({ json });
    try {
      const settings = loadSettings(config ?? process.env['COLOURISER_CONFIG'], {
        ...process.env,
        ...(provider === undefined ? {} : { COLOURISER_INFERENCE_PROVIDER: provider }),
      });
      process.exitCode = await run(settings, output, command);
    } catch (thrown) {
      process.exitCode = report(thrown, output, json);
    }
  };
}

function report(thrown: unknown, output: Output, json: boolean): ExitCode {
  const error = asColouriseError(thrown);
  const { exit, next } = errorKinds[error.code];
  const { code, message } = error;
  const faults = 'faults' in error ? { faults: error.faults } : {};
  if (json) output.result({ outcome: 'failed', code, reason: message, next, ...faults }, '');
  else process.stderr.write(`${code}: ${message}\n→ ${next}\n`);
  return exit;
}

program
  .command('serve')
  .description('follow Orthanc, decide, colour and store; runs until it is stopped')
  .addOption(onProvider())
  .action(action((settings) => serve(settings, createLogger(settings.log.level))));

program
  .command('work')
  .description('colour what a broker hands out; for nodes beside `serve`')
  .addOption(onProvider())
  .action(action((settings) => work(settings, createLogger(settings.log.level))));

program
  .command('colourise <input>')
  .description('colour one DICOM file, without any server')
  .option('-o, --output <file>', 'DICOM file to write; default: <input>-colour.dcm here')
  .option('--png <file>', 'also write the picture as PNG')
  .option('--model <name>', 'model; default: that of the settings')
  .addOption(new Option('--palette <name>', 'hue of evidence').choices(Object.keys(palettes)))
  .option('--strength <share>', 'share of full chroma, above 0 up to 1', share)
  .addOption(
    new Option('--display <name>', 'displays on which luminance is kept').choices(
      Object.keys(displayCurves),
    ),
  )
  .option(
    '--contours [levels]',
    'lines of equal evidence: 0.25,0.5,0.75 or the named levels',
    evidenceLevels,
  )
  .option('--banner', 'burn legend and banner into the lower edge')
  .addOption(
    new Option('--compression <name>', 'pack the pixels without loss').choices([
      'none',
      ...compressions,
    ]),
  )
  .option('--window <number>', "which of the image's windows is drawn, from 1", windowNumber)
  .option('--rules <file>', 'rules that may skip the picture; default: none')
  .addOption(onProvider())
  .action(
    action(async (settings, output, command) => {
      const { colouriseFile } = await import('./commands/colourise.js');
      const [input = ''] = command.args;
      const { rules: rulesFile, ...options } = command.opts<ColouriseFlags>();
      const rules = rulesFile === undefined ? undefined : await loadRules(rulesFile);
      const model = options.model ?? settings.models.default;
      const tools = await openColourTools(settings, {
        concurrency: 1,
        ...(settings.inference.allowFallback
          ? { gate: (registry) => [registry.get(model)], log: createLogger(settings.log.level) }
          : {}),
      });
      try {
        const { result, exitCode } = await colouriseFile(
          {
            ...options,
            ...(rules ? { rules, timeZone: settings.rules.timeZone } : {}),
            input,
            model,
          },
          tools,
        );
        const { outcome, code, reason, next, output: dicom, png } = result;
        const written = [dicom, png].filter((file) => file !== undefined).join(' and ');
        const text =
          outcome === 'written' ? `wrote ${written}` : `${outcome} ${code ?? ''}: ${reason ?? ''}`;
        output.result(result, next === undefined ? text : `${text}\n→ ${next}`);
        return exitCode;
      } finally {
        await tools.close();
      }
    }),
  );

interface ColouriseFlags {
  readonly output?: string;
  readonly png?: string;
  readonly model?: string;
  readonly palette?: PaletteName;
  readonly strength?: number;
  readonly display?: DisplayProfile;
  readonly contours?: true | readonly number[];
  readonly banner?: boolean;
  readonly compression?: 'none' | Compression;
  readonly window?: number;
  readonly rules?: string;
}

const rules = program.command('rules').description('look at rules');
rules
  .command('check [file]')
  .description('validate a rules file; default: the one of the settings')
  .action(
    action(async (settings, output, command) => {
      const [file = settings.rules.file] = command.args;
      const { json = false } = command.optsWithGlobals<GlobalOptions>();
      const { exitCode, text } = await rulesCheck(file, { json, known: knownNames(settings) });
      output.result(json ? JSON.parse(text) : text, text);
      return exitCode;
    }),
  );

rules
  .command('rehearse [file]')
  .description(
    "decide the archive's last days by this rules file and by the one of the settings, store nothing",
  )
  .option('--days <number>', 'how far back', days, 30)
  .option('--limit <number>', 'most images that are decided', positive, 20_000)
  .option('--explain <uid>', 'why the images of this study, series or image are decided so')
  .option('--fresh', 'read everything from the archive again')
  .action(
    action((settings, output, command) => {
      const [file = settings.rules.file] = command.args;
      return rulesRehearse(file, settings, command.opts<RehearseFlags>(), output);
    }),
  );

rules
  .command('explain <which>')
  .description('why an image was decided as it was: its id in the ledger, or a UID')
  .action(
    action((settings, output, command) => rulesExplain(settings, output, command.args[0] ?? '')),
  );

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

interface SweepFlags {
  readonly since?: number;
  readonly dryRun?: boolean;
  readonly restore?: boolean;
  readonly redo?: boolean;
}

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

const forward = program
  .command('forward')
  .description('colour series on their way to other servers');
forward
  .command('list')
  .description('what waits for each destination, and what was given up')
  .action(action(listForwards));
forward
  .command('retry')
  .description('send again what was given up')
  .option('--destination <name>', 'only what is for this destination')
  .option('--image <id>', 'only this image, by its id in the ledger')
  .action(
    action((settings, output, command) => {
      const { destination, image } = command.opts<ForwardFlags>();
      return retryForwards(settings, output, {
        ...(destination === undefined ? {} : { destination }),
        ...(image === undefined ? {} : { imageId: image }),
      });
    }),
  );

interface ForwardFlags {
  readonly destination?: string;
  readonly image?: string;
}

program
  .command('notify')
  .description('whom troubles are told')
  .command('test')
  .description('send a message on each channel of the settings')
  .action(action(notifyTest));

const models = program
  .command('models')
  .description('list the installed models')
  .action(action(listModels));
models
  .command('verify')
  .description('hold every model against its hash and its golden picture')
  .addOption(onProvider())
  .action(action(verifyModels));
models
  .command('install <package>')
  .description(
    'install a version of a model: a folder, .zip, .tar or .tar.gz, or the address of one',
  )
  .requiredOption('--sha256 <hash>', 'of the package as it came; of the weights for a folder')
  .option('--activate', 'let rules that name no version take it')
  .option('--dry-run', 'check everything, install nothing')
  .option('--timeout <seconds>', 'for the download, and for the golden picture', seconds, 120)
  .action(
    action(async (settings, output, command) =>
      (await modelsManage()).install(
        settings,
        output,
        command.args[0] ?? '',
        command.opts<InstallFlags>(),
      ),
    ),
  );
for (const [what, description] of [
  ['activate', 'let rules that name no version take this one'],
  ['deactivate', 'let no rule take this version; its files stay'],
  ['remove', 'delete the weights of an installed version; manifest and card stay'],
] as const) {
  models
    .command(`${what} <name@version>`)
    .description(description)
    .action(
      action(async (settings, output, command) =>
        (await modelsManage()).change(settings, output, what, command.args[0] ?? ''),
      ),
    );
}
models
  .command('shadow [name@version]')
  .description('let a version run beside a model and store nothing; alone: what that came to')
  .option('--beside <name>', 'model whose colour is stored; default: that of the settings')
  .option('--stop', 'nothing runs in the shadow of the model any more')
  .action(
    action((settings, output, command) =>
      shadow(settings, output, command.args[0], command.opts<ShadowFlags>()),
    ),
  );
models
  .command('describe <name@version>')
  .description('what is known of a version that an object names, also of one that was removed')
  .action(
    action(async (settings, output, command) =>
      (await modelsManage()).describe(settings, output, command.args[0] ?? ''),
    ),
  );

program
  .command('phantom')
  .description('make digital chest phantoms: DICOM and PNG, with and without an opacity')
  .option('-o, --output <folder>', 'where to write them', 'phantoms')
  .option('--count <number>', 'how many', whole, 4)
  .option('--seed <number>', 'another seed is another made-up person', whole, 1)
  .action(
    action(async (_settings, output, command) => {
      const { writePhantoms } = await import('./commands/phantom.js');
      const { output: folder, count, seed } = command.opts<PhantomFlags>();
      const written = await writePhantoms({ folder, count, seed });
      output.result({ written }, written.map(({ file }) => file).join('\n'));
      return exitCodes.done;
    }),
  );

interface PhantomFlags {
  readonly output: string;
  readonly count: number;
  readonly seed: number;
}

addPeopleCommands(program, action);

program
  .command('doctor')
  .description('look at everything that the service needs and name each fault')
  .addOption(onProvider())
  .action(action(doctor));

function share(text: string): number {
  const value = Number(text);
  if (value > 0 && value <= 1) return value;
  throw new InvalidArgumentError('a number above 0, at most 1');
}

function windowNumber(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 1 && value <= 16) return value;
  throw new InvalidArgumentError('a whole number from 1 to 16');
}

function evidenceLevels(text: string): readonly number[] {
  const levels = text.split(',').map(Number);
  if (levels.length <= 5 && levels.every((level) => level > 0 && level < 1)) return levels;
  throw new InvalidArgumentError('one to five numbers between 0 and 1, with commas');
}

function days(text: string): number {
  const value = positive(text);
  if (value <= 366) return value;
  throw new InvalidArgumentError('a whole number of days, 1 to 366');
}

function positive(text: string): number {
  const value = whole(text);
  if (value > 0) return value;
  throw new InvalidArgumentError('a whole number above 0');
}

function seconds(text: string): number {
  const value = Number(text);
  if (value > 0 && value <= 3600) return value;
  throw new InvalidArgumentError('seconds, above 0, at most 3600');
}

function whole(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new InvalidArgumentError('a whole number');
}

try {
  await program.parseAsync();
} catch (thrown) {
  if (!(thrown instanceof CommanderError)) throw thrown;
  // Commander has said what is wrong; help and version are no faults.
  process.exitCode = thrown.exitCode === 0 ? exitCodes.done : exitCodes.usage;
}
