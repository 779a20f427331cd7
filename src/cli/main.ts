import { Command, CommanderError } from 'commander';
import { softwareVersion } from '../version.js';
import { action, onProvider } from './action.js';
import { addArchiveCommands } from './archive-commands.js';
import { backUp } from './commands/backup.js';
import { doctor } from './commands/doctor.js';
import { serve } from './commands/serve.js';
import { work } from './commands/work.js';
import { addColourise, addPhantom } from './file-commands.js';
import { createLogger } from './logger.js';
import { addMessageCommands } from './message-commands.js';
import { addModelsCommands } from './models-commands.js';
import { exitCodes } from './output.js';
import { addPeopleCommands } from './people-commands.js';
import { addRulesCommands } from './rules-commands.js';

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

addColourise(program);
addRulesCommands(program);
addArchiveCommands(program);
addMessageCommands(program);
addModelsCommands(program);
addPhantom(program);
addPeopleCommands(program);

program
  .command('doctor')
  .description('look at everything that the service needs and name each fault')
  .addOption(onProvider())
  .action(action(doctor));

program
  .command('backup <file>')
  .description(
    'copy all state (ledger, queue, users, audit) into a new file; `serve` may run meanwhile',
  )
  .action(action((settings, output, { args: [file = ''] }) => backUp(settings, file, output)));

try {
  await program.parseAsync();
} catch (thrown) {
  if (!(thrown instanceof CommanderError)) throw thrown;
  // Commander has said what is wrong; help and version are no faults.
  process.exitCode = thrown.exitCode === 0 ? exitCodes.done : exitCodes.usage;
}
