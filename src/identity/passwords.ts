import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import pLimit from 'p-limit';

/** 2^15 · 8 · 3: 32 MiB and some 0.2 s each. @see OWASP Password Storage Cheat Sheet, scrypt */
const ownCost = { logN: 15, r: 8, p: 3 } as const;
type Cost = Readonly<Record<keyof typeof ownCost, number>>;

/** Hashes at once, so that a flood of attempts takes neither the memory nor the threads of the pipeline. */
const atOnce = 2;
const mostWaiting = 64;
const keyBytes = 32;

export const passwordLength = { min: 12, max: 256 } as const;

export interface Passwords {
  /** `$scrypt$ln=15,r=8,p=3$salt$hash` */
  hash(password: string): Promise<string>;
  /** Takes as long where `stored` is undefined. Undefined when too many wait already. */
  fits(password: string, stored: string | undefined): Promise<boolean | undefined>;
}

/** @param cost tests take less */
export function createPasswords(cost: Cost = ownCost): Passwords {
  const room = pLimit(atOnce);
  const seal = async (password: string, with_: Cost, salt: Buffer) =>
    room(() => derive(password, with_, salt));
  const decoy = format(cost, randomBytes(16), randomBytes(keyBytes));
  return {
    async hash(password) {
      const salt = randomBytes(16);
      return format(cost, salt, await seal(password, cost, salt));
    },
    async fits(password, stored) {
      if (room.pendingCount >= mostWaiting) return undefined;
      const parsed = parse(stored ?? decoy);
      if (!parsed) return false;
      const key = await seal(password, parsed.cost, parsed.salt);
      return timingSafeEqual(key, parsed.key) && stored !== undefined;
    },
  };
}

function derive(password: string, { logN, r, p }: Cost, salt: Buffer): Promise<Buffer> {
  const N = 2 ** logN;
  return new Promise((resolve, reject) => {
    // Twice of what it needs, which is the bound that Node compares with.
    const options = { N, r, p, maxmem: 256 * N * r };
    scrypt(password.normalize('NFKC'), salt, keyBytes, options, (fault, key) => {
      if (fault) reject(fault);
      else resolve(key);
    });
  });
}

function format({ logN, r, p }: Cost, salt: Buffer, key: Buffer): string {
  return `$scrypt$ln=${logN},r=${r},p=${p}$${salt.toString('base64url')}$${key.toString('base64url')}`;
}

function parse(stored: string) {
  const [, logN = '', r = '', p = '', salt = '', key = ''] =
    /^\$scrypt\$ln=(\d+),r=(\d+),p=(\d+)\$([\w-]+)\$([\w-]+)$/.exec(stored) ?? [];
  if (key === '') return undefined;
  return {
    cost: { logN: Number(logN), r: Number(r), p: Number(p) },
    salt: Buffer.from(salt, 'base64url'),
    key: Buffer.from(key, 'base64url'),
  };
}
