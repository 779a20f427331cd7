import type { Command } from 'commander';
import { knownNames } from '../compose/forwarding.js';
import { action, wantsJson } from './action.js';
import { rulesCheck } from './commands/rules-check.js';
import { rulesExplain } from './commands/rules-explain.js';
import { rulesRehearse, type RehearseFlags } from './commands/rules-rehearse.js';
import { days, positive } from './numbers.js';

/** `rules check`, `rehearse` and `explain`. */
export function addRulesCommands(program: Command): void {
  const rules = program.command('rules').description('look at rules');
  rules
    .command('check [file]')
    .description('validate a rules file; default: the one of the settings')
    .action(
      action(async (settings, output, command) => {
        const [file = settings.rules.file] = command.args;
        const json = wantsJson(command);
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
}
