import { createHash, randomBytes } from 'node:crypto';

/** 256 bits that nobody can guess, with a prefix by which scanners of leaks know them. */
export function newSecret(prefix: 'cls' | 'clt' | 'cll'): string {
  return `${prefix}_${randomBytes(32).toString('base64url')}`;
}

/** What is kept of a secret. It cannot be guessed, so there is no need for a slow hash. */
export function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

/** A password that is shown once. */
export function newPassword(): string {
  return randomBytes(15).toString('base64url');
}

export function newId(): string {
  return randomBytes(6).toString('hex');
}
