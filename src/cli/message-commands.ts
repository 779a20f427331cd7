import type { Command } from 'commander';
import { action } from './action.js';
import { listForwards, retryForwards } from './commands/forward.js';
import { notifyTest } from './commands/notify.js';

/** `forward` and `notify`: what goes out to others than the archive. */
export function addMessageCommands(program: Command): void {
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

  program
    .command('notify')
    .description('whom troubles are told')
    .command('test')
    .description('send a message on each channel of the settings')
    .action(action(notifyTest));
}

interface ForwardFlags {
  readonly destination?: string;
  readonly image?: string;
}
