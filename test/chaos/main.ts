/** `npm run test:chaos`: see --help. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { describeFault, type FaultKind, faultKinds, makePlan, type PlanOptions } from './plan.js';
import { type ChaosResult, runChaos } from './run.js';
import { resultTable } from './table.js';

interface Options {
  readonly seed: number;
  readonly seeds: number;
  readonly studies: number;
  readonly kinds?: readonly FaultKind[];
  readonly plan?: true;
  readonly out?: string;
  readonly ci?: true;
}

const whole = (text: string): number => {
  if (!/^\d{1,7}$/.test(text)) throw new InvalidArgumentError('a whole number, please');
  return Number(text);
};
const kindsOf = (text: string): readonly FaultKind[] =>
  text.split(',').map((name) => {
    const kind = faultKinds.find((each) => each === name);
    if (kind === undefined) throw new InvalidArgumentError(`choose from ${faultKinds.join(', ')}`);
    return kind;
  });

const command = new Command('npm run test:chaos --')
  .description(
    'Orthanc, RabbitMQ, serve and two workers as real processes; a seeded plan breaks them while studies arrive.\n' +
      'Exit code 1 when anything is lost, doubled, stuck or left running.',
  )
  .option('--seed <n>', 'the first seed', whole, 1)
  .option('--seeds <n>', 'how many seeds, one after the other', whole, 1)
  .option('--studies <n>', 'studies of each seed', whole, 300)
  .option('--kinds <list>', `only these faults: ${faultKinds.join(',')}`, kindsOf)
  .option('--plan', 'print the plan and do nothing')
  .option('--out <file>', 'add the results to this JSON file and write the table beside it')
  .option('--ci', 'what continuous integration runs: three seeds of 300 studies')
  .parse();
const chosen = command.opts<Options>();
const { seed, seeds, studies } = chosen.ci ? { seed: 1, seeds: 3, studies: 300 } : chosen;

let failed = 0;
for (let each = seed; each < seed + seeds; each++) {
  const options = { seed: each, studies, ...(chosen.kinds ? { kinds: chosen.kinds } : {}) };
  if (chosen.plan) printPlan(options);
  else if (!(await runOne(options))) failed += 1;
}
// Not by itself: Node 20 turns for ever where it takes down sockets that were cut off in the middle of a body.
process.exit(failed > 0 ? 1 : 0);

function printPlan(options: PlanOptions): void {
  const { studies: planned, faults } = makePlan(options);
  console.log(`seed ${options.seed}: ${planned.length} studies, ${faults.length} faults`);
  for (const fault of faults) console.log(`  ${describeFault(fault)}`);
}

async function runOne(options: PlanOptions): Promise<boolean> {
  printPlan(options);
  const begun = performance.now();
  const result = await runChaos(options, (line) => {
    console.log(`[${((performance.now() - begun) / 1000).toFixed(0)} s] ${line}`);
  });
  const { logs, faults, ...figures } = result;
  console.log(JSON.stringify(figures));
  if (chosen.out !== undefined) keep(chosen.out, { faults, ...figures });
  if (faults.length === 0) return true;
  const folder = join('chaos-logs', `seed-${options.seed}`);
  mkdirSync(folder, { recursive: true });
  for (const [name, log] of Object.entries(logs)) writeFileSync(join(folder, `${name}.log`), log);
  console.error(`\n✗ seed ${options.seed}, ${options.studies} studies:`);
  for (const fault of faults.slice(0, 40)) console.error(`  ${fault}`);
  console.error(`  the logs are in ${folder}: search them for the UIDs above`);
  console.error(
    `  again: npm run test:chaos -- --seed ${options.seed} --studies ${options.studies}`,
  );
  return false;
}

function keep(file: string, result: Omit<ChaosResult, 'logs'>): void {
  const before = existsSync(file)
    ? (JSON.parse(readFileSync(file, 'utf8')) as Omit<ChaosResult, 'logs'>[])
    : [];
  const key = ({ seed: one, studies: many }: { seed: number; studies: number }) => `${many} ${one}`;
  const all = [...before.filter((each) => key(each) !== key(result)), result];
  all.sort((a, b) => a.studies - b.studies || a.seed - b.seed);
  writeFileSync(file, `${JSON.stringify(all, null, 2)}\n`);
  const document = file.replace(/\.json$/, '.md');
  writeFileSync(document, resultTable(all));
  const args = ['--no-install', 'prettier', '--write', '--log-level=warn', file, document];
  execFileSync('npx', args, { stdio: 'inherit' });
}
