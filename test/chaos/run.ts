import { loadavg } from 'node:os';
import { until } from '../support/process.js';
import { drawPhantoms } from '../support/studies.js';
import { injectAll, longestStopSeconds, stopComplaint, type Injected } from './inject.js';
import { makePlan, type Plan, type PlanOptions } from './plan.js';
import { Stage } from './stage.js';
import { sendAll, type SentStudy } from './traffic.js';
import { judge, type Verdict } from './verdict.js';

export interface ChaosResult extends Verdict {
  readonly seed: number;
  readonly studies: number;
  readonly injected: Injected['counts'];
  readonly seconds: number;
  /** Of the machine over the last minute, at the end. */
  readonly load: number;
  /** For somebody who looks for the reason of a fault. */
  readonly logs: Readonly<Record<string, string>>;
}

/** What may pass from the last fault to the last settled image, ms; and for each study. */
const settleMs = 240_000;
const settleEachMs = 1_500;

/** One seed from an empty archive to the verdict. Ends what it started, whatever happens. */
export async function runChaos(
  options: PlanOptions,
  tell: (line: string) => void = () => undefined,
): Promise<ChaosResult> {
  const begun = performance.now();
  const plan = makePlan(options);
  drawPhantoms();
  const stage = await Stage.open();
  const afterwards: string[] = [];
  const { verdict, injected, faults } = await play(stage, plan, tell).finally(async () => {
    afterwards.push(...(await end(stage)));
  });
  return {
    ...verdict,
    seed: plan.seed,
    studies: plan.studies.length,
    injected: injected.counts,
    faults: [...faults, ...verdict.faults, ...injected.complaints, ...afterwards],
    seconds: Math.round((performance.now() - begun) / 1000),
    load: Math.round((loadavg()[0] ?? 0) * 10) / 10,
    logs: stage.logs(),
  };
}

async function play(stage: Stage, plan: Plan, tell: (line: string) => void) {
  const began = performance.now();
  const traffic = sendAll(stage.orthanc, plan, began);
  const injected = await injectAll(stage, plan, began, tell);
  const sent = await traffic;
  tell('all sent and nothing broken any more');
  const faults: string[] = [];
  const limitMs = settleMs + settleEachMs * plan.studies.length;
  await settled(stage, sent, limitMs, tell).catch((error: unknown) => faults.push(String(error)));
  return { verdict: await judge(stage, sent), injected, faults };
}

async function end(stage: Stage): Promise<readonly string[]> {
  const stopped = Object.entries(await stage.end())
    .filter(([, { seconds, exitCode }]) => seconds > longestStopSeconds || exitCode !== 0)
    .map(([name, { seconds, exitCode }]) => stopComplaint(name, seconds, exitCode));
  const left = await stage.leftOver();
  return [...stopped, ...left.map((process) => `left running: ${process}`)];
}

/** Until nothing is undecided, pending or in a queue. */
async function settled(
  stage: Stage,
  sent: readonly SentStudy[],
  timeoutMs: number,
  tell: (line: string) => void,
): Promise<void> {
  const tellMs = 5_000;
  let toldAt = performance.now();
  const mustHaveRow = sent.filter(({ planned }) => planned.fate !== 'deleted');
  await until(
    'everything to be settled',
    async () => {
      const status = await stage.serve.status().catch(() => undefined);
      if (status === undefined) return false;
      const { balance, queue } = status;
      if (performance.now() - toldAt > tellMs) {
        toldAt = performance.now();
        tell(
          `${JSON.stringify(balance)} queue ${JSON.stringify(queue)} ${status.reasons.join('; ')}`,
        );
      }
      if (balance.undecided + balance.pending + queue.ready + queue.delayed > 0) return false;
      // Asked for after the balance: what has arrived in between may be decided by now, and pending.
      const rows = await stage.serve.images();
      if (rows.some(({ state }) => state === 'pending')) return false;
      const known = new Set(rows.map(({ source }) => source?.SOPInstanceUID));
      return mustHaveRow.every(({ study }) => known.has(study.SOPInstanceUID));
    },
    timeoutMs,
    500,
  );
}
