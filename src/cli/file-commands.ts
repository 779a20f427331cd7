import { type Command, Option } from 'commander';
import { openColourTools } from '../compose/tools.js';
import { loadRules } from '../config/load-rules.js';
import { compressions } from '../domain/job.js';
import { displayCurves } from '../imaging/display-curve.js';
import { palettes } from '../imaging/palette.js';
import { action, onProvider } from './action.js';
import type { ColouriseOptions } from './commands/colourise.js';
import { createLogger } from './logger.js';
import { evidenceLevels, share, whole, windowNumber } from './numbers.js';
import { exitCodes } from './output.js';

/** `colourise`: one file, without any server. */
export function addColourise(program: Command): void {
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
            outcome === 'written'
              ? `wrote ${written}`
              : `${outcome} ${code ?? ''}: ${reason ?? ''}`;
          output.result(result, next === undefined ? text : `${text}\n→ ${next}`);
          return exitCode;
        } finally {
          await tools.close();
        }
      }),
    );
}

/** The options as they are parsed; rules are still the path of their file. */
type ColouriseFlags = Partial<Omit<ColouriseOptions, 'input' | 'rules' | 'timeZone'>> & {
  readonly rules?: string;
};

/** `phantom`: files to try with. */
export function addPhantom(program: Command): void {
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
}

interface PhantomFlags {
  readonly output: string;
  readonly count: number;
  readonly seed: number;
}
