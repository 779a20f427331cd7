/** Holds processes to a share of a core, so that a small machine stands for one with cores to spare. Linux, as root. */
import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { join } from 'node:path';

const periodUs = 100_000;

export interface CoreQuota {
  /** The process and all that it starts from now on. */
  hold(pid: number): void;
  /** Once what was held has ended. */
  release(): Promise<void>;
}

/** @param share of one core, 0 < share @throws where the control groups of the kernel cannot be written */
export function coreQuota(name: string, share: number): CoreQuota {
  const quotaUs = Math.round(periodUs * share);
  const v1 = existsSync('/sys/fs/cgroup/cpu/cpu.cfs_quota_us');
  const folder = join(v1 ? '/sys/fs/cgroup/cpu' : '/sys/fs/cgroup', name);
  mkdirSync(folder, { recursive: true });
  if (v1) {
    writeFileSync(join(folder, 'cpu.cfs_period_us'), String(periodUs));
    writeFileSync(join(folder, 'cpu.cfs_quota_us'), String(quotaUs));
  } else writeFileSync(join(folder, 'cpu.max'), `${quotaUs} ${periodUs}`);
  return {
    hold: (pid) => {
      writeFileSync(join(folder, 'cgroup.procs'), String(pid));
    },
    release: async () => {
      // The kernel lets go of a process a moment after it ended.
      for (let tries = 0; tries < 50; tries++) {
        try {
          rmdirSync(folder);
          return;
        } catch {
          await delay(100);
        }
      }
    },
  };
}
