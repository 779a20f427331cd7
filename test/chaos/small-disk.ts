import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmdirSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const mounted = new Set<SmallDisk>();

process.once('exit', () => {
  for (const disk of mounted) disk.end();
});

/** A file system in memory that can be full at any moment, without anything being written for it. */
export class SmallDisk {
  readonly folder: string;
  /** False where this process may not mount; then it is an ordinary folder, and never full. */
  readonly isReal: boolean;
  private readonly roomMiB: number;

  constructor(roomMiB: number) {
    this.roomMiB = roomMiB;
    this.folder = mkdtempSync(join(tmpdir(), 'colouriser-disk-'));
    const options = `size=${roomMiB}m`;
    this.isReal = mount('-t', 'tmpfs', '-o', options, 'tmpfs', this.folder);
    mounted.add(this);
  }

  /** Leaves no more room than this. */
  fill(leaveMiB = 0): void {
    if (!this.isReal) return;
    // Somebody may write between the look and the resizing, which then is below what is used.
    for (let tries = 0; tries < 20; tries++) {
      const { blocks, bfree, bsize } = statfsSync(this.folder);
      if (this.resize(`${(blocks - bfree) * bsize + leaveMiB * 1024 ** 2 + bsize}`)) return;
    }
    throw new Error(`${this.folder} is written too busily to be made full`);
  }

  empty(): void {
    if (this.isReal && !this.resize(`${this.roomMiB}m`)) {
      throw new Error(`${this.folder} cannot be made larger`);
    }
  }

  /** After its processes. */
  end(): void {
    mounted.delete(this);
    if (this.isReal) spawnSync('umount', ['-l', this.folder]);
    try {
      rmdirSync(this.folder);
    } catch {
      // It was removed before, or holds files because it is no mount.
    }
  }

  private resize(size: string): boolean {
    return mount('-o', `remount,size=${size}`, this.folder);
  }
}

function mount(...args: readonly string[]): boolean {
  return spawnSync('mount', args, { stdio: 'ignore' }).status === 0;
}
