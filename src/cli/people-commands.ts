import { text } from 'node:stream/consumers';
import { Argument, Option, type Command } from 'commander';
import { type Role, roles } from '../domain/principal.js';
import { action } from './action.js';
import { exportAudit, verifyAudit } from './commands/audit.js';
import {
  addToken,
  addUser,
  changePassword,
  changeRole,
  listTokens,
  listUsers,
  removeUser,
  revokeToken,
} from './commands/users.js';
import { lookBack, moment } from './moments.js';

const roleOption = () =>
  new Option('--role <role>', 'what may be done').choices(roles).makeOptionMandatory();
const fromInput = '--password-stdin';
const fromInputWhat = 'take the password from standard input; default: make one and show it once';

/** `users`, `tokens` and `audit`: they work beside a service that runs, which sees changes at once. */
export function addPeopleCommands(program: Command): void {
  const users = program.command('users').description('people who sign in with a password');
  users.command('list').description('name and role of each').action(action(listUsers));
  users
    .command('add <name>')
    .description('add a user')
    .addOption(roleOption())
    .option(fromInput, fromInputWhat)
    .action(
      action(async (settings, output, command) => {
        const { role } = command.opts<{ role: Role }>();
        return addUser(settings, nameOf(command), role, await givenPassword(command), output);
      }),
    );
  users
    .command('role')
    .description('give a user another role, which signs him out')
    .argument('<name>')
    .addArgument(new Argument('<role>').choices(roles))
    .action(
      action((settings, output, { args: [name = '', role] }) =>
        changeRole(settings, name, role as Role, output),
      ),
    );
  users
    .command('password <name>')
    .description('give a user another password, which signs him out')
    .option(fromInput, fromInputWhat)
    .action(
      action(async (settings, output, command) =>
        changePassword(settings, nameOf(command), await givenPassword(command), output),
      ),
    );
  users
    .command('remove <name>')
    .description('remove a user, which signs him out')
    .action(action((settings, output, command) => removeUser(settings, nameOf(command), output)));

  const tokens = program.command('tokens').description('what programs show instead of signing in');
  tokens.command('list').description('id, role, name and end of each').action(action(listTokens));
  tokens
    .command('add <name>')
    .description('make a token and show its secret this once')
    .addOption(roleOption())
    .option('--days <days>', 'until it ends, e.g. 90d; never if left out', lookBack)
    .action(
      action((settings, output, command) => {
        const { role, days } = command.opts<{ role: Role; days?: number }>();
        return addToken(settings, nameOf(command), role, days, output);
      }),
    );
  tokens
    .command('revoke <id>')
    .description('end a token at once')
    .action(action((settings, output, command) => revokeToken(settings, nameOf(command), output)));

  const audit = program.command('audit').description('who did what');
  audit
    .command('verify')
    .description('look whether lines were changed or are gone; exit code 4 if so')
    .option('--seal <seal>', 'a seal noted earlier, which must be among them')
    .action(
      action((settings, output, command) =>
        verifyAudit(settings, command.opts<{ seal?: string }>().seal, output),
      ),
    );
  audit
    .command('export')
    .description('write all lines to standard output as JSON, oldest first')
    .option('--since <time>', 'ISO date or time', moment)
    .option('--until <time>', 'ISO date or time', moment)
    .action(
      action((settings, _output, command) =>
        exportAudit(settings, command.opts<{ since?: Date; until?: Date }>()),
      ),
    );
}

function nameOf({ args: [name = ''] }: Command): string {
  return name;
}

async function givenPassword(command: Command): Promise<string | undefined> {
  const { passwordStdin = false } = command.opts<{ passwordStdin?: boolean }>();
  return passwordStdin ? (await text(process.stdin)).replace(/\r?\n$/, '') : undefined;
}
