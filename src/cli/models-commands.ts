import type { Command } from 'commander';
import { action, onProvider } from './action.js';
import type { InstallFlags } from './commands/models-manage.js';
import { shadow, type ShadowFlags } from './commands/models-shadow.js';
import { listModels, verifyModels } from './commands/models.js';
import { seconds } from './numbers.js';

// What `serve` has no use for is loaded by the commands that do.
const modelsManage = () => import('./commands/models-manage.js');

/** `models` and what is done with them. */
export function addModelsCommands(program: Command): void {
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
}
