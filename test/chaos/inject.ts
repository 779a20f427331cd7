import { setTimeout as pause } from 'node:timers/promises';
import type { Fault } from '../support/fault-proxy.js';
import type { Weather } from '../support/tcp-proxy.js';
import {
  describeFault,
  type ActorName,
  type LinkName,
  type Plan,
  type PlannedFault,
} from './plan.js';
import type { Stage } from './stage.js';

/** Nothing of ours may take longer to stop. */
export const longestStopSeconds = 20;

export interface Injected {
  /** How often each kind was done. */
  readonly counts: Readonly<Record<string, number>>;
  /** What went wrong with a fault itself: a stop that took too long, an exit code, a start that failed. */
  readonly complaints: readonly string[];
}

/** Does what the plan says, when it says so; a target that has not recovered from its last fault gets the next later. */
export async function injectAll(
  stage: Stage,
  { faults }: Plan,
  began: number,
  tell: (line: string) => void,
): Promise<Injected> {
  const counts: Record<string, number> = {};
  const complaints: string[] = [];
  const turns = new Map<string, Promise<void>>();
  for (const fault of faults) {
    const turn = async (before: Promise<void> | undefined): Promise<void> => {
      await pause(Math.max(0, fault.atMs - (performance.now() - began)));
      await before;
      tell(describeFault(fault));
      try {
        await inject(stage, fault, complaints);
        counts[fault.kind] = (counts[fault.kind] ?? 0) + 1;
      } catch (error) {
        complaints.push(`${describeFault(fault)}: ${String(error)}`);
      }
    };
    turns.set(fault.target, turn(turns.get(fault.target)));
  }
  await Promise.all(turns.values());
  return { counts, complaints };
}

async function inject(stage: Stage, fault: PlannedFault, complaints: string[]): Promise<void> {
  const { kind, target, forMs, size } = fault;
  switch (kind) {
    case 'kill':
    case 'restart':
    case 'pause':
      await disturb(stage, fault, complaints);
      return;
    case 'refuse':
      await underWeather(stage, target, { kind: 'refuse' }, forMs);
      return;
    case 'delay':
      await underWeather(stage, target, { kind: 'delay', ms: size }, forMs);
      return;
    case 'half-open':
      await underWeather(stage, target, { kind: 'silent' }, forMs);
      return;
    case 'reset':
      await underWeather(stage, target, { kind: 'reset', afterBytes: size }, forMs);
      return;
    case 'answer':
      stage.answers.set({ fault: answer(size) });
      await pause(forMs);
      stage.answers.clear();
      return;
    case 'disk-full': {
      const disk = target as 'orthanc' | 'rabbitmq' | 'serve';
      stage.fill(disk);
      await pause(forMs);
      stage.empty(disk);
      return;
    }
    default:
      kind satisfies never;
  }
}

async function disturb(
  stage: Stage,
  { kind, target, forMs }: PlannedFault,
  complaints: string[],
): Promise<void> {
  const actor = stage.actor(target as ActorName);
  if (kind === 'pause') {
    actor.signal('SIGSTOP');
    await pause(forMs);
    actor.signal('SIGCONT');
    return;
  }
  const begun = performance.now();
  const exitCode = await actor.kill(kind === 'kill' ? 'SIGKILL' : 'SIGTERM');
  const seconds = (performance.now() - begun) / 1000;
  if (kind === 'restart' && target !== 'orthanc' && target !== 'rabbitmq') {
    if (seconds > longestStopSeconds || exitCode !== 0) {
      complaints.push(stopComplaint(target, seconds, exitCode));
    }
  }
  await pause(forMs / 3);
  await actor.resume();
}

export function stopComplaint(name: string, seconds: number, exitCode: unknown): string {
  return `${name} took ${seconds.toFixed(1)} s to stop, exit code ${String(exitCode)}`;
}

async function underWeather(
  stage: Stage,
  target: string,
  weather: Weather,
  forMs: number,
): Promise<void> {
  const line = stage.lines.get(target as LinkName);
  if (line === undefined) throw new Error(`no such link: ${target}`);
  line.set(weather);
  await pause(forMs);
  line.set({ kind: 'pass' });
}

/** As Orthanc and what stands in front of it would say it. */
function answer(status: number): Fault {
  const Message = status === 507 ? 'Insufficient storage' : 'Internal error';
  const body = JSON.stringify({ HttpStatus: status, Message, OrthancStatus: 0 });
  return { kind: 'answer', status, body, headers: { 'Content-Type': 'application/json' } };
}
