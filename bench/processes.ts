/** What the kernel knows of a process. Linux only. */
import { readFileSync, writeFileSync } from 'node:fs';

/** Ticks a second in /proc, on every Linux that Node runs on. */
const ticksPerSecond = 100;

/** Processor time so far, user and system, all threads, seconds. */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

/** Forgets the peak so far. Without the right to, peaks are since the start of the process. */
export function resetPeak(pid: number): void {
  try {
    writeFileSync(`/proc/${pid}/clear_refs`, '5');
  } catch {
    return;
  }
}

/** Largest resident memory since the last reset, MB. */
export const peakMegabytes = (pid: number) => megabytes(pid, 'VmHWM');

export const residentMegabytes = (pid: number) => megabytes(pid, 'VmRSS');

function megabytes(pid: number, key: string): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(new RegExp(`^${key}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? NaN) / 1000;
}
