import assert from 'node:assert/strict';
import { MemoryAccounts } from '../../src/adapters/memory/memory-accounts.js';
import { createIdentity, type IdentityOptions } from '../../src/identity/identity.js';
import { createPasswords } from '../../src/identity/passwords.js';
import { hashOf, newSecret } from '../../src/identity/secrets.js';

const minute = 60_000;
const password = 'a long enough password';

describe('who somebody is', () => {
  const passwords = createPasswords({ logN: 4, r: 8, p: 1 });
  let time: number;
  let accounts: MemoryAccounts;
  const now = () => new Date(time);
  const identify = (options: Partial<IdentityOptions> = {}) =>
    createIdentity(
      accounts,
      passwords,
      { openToMachine: false, idleMs: 60 * minute, longestMs: 720 * minute, ...options },
      now,
    );
  const addUser = async (name: string, role: 'viewer' | 'admin' = 'viewer') => {
    const at = now();
    const stored = await passwords.hash(password);
    accounts.users.add({ name, role, password: stored, createdAt: at, changedAt: at });
  };
  const signedIn = async (identity: ReturnType<typeof identify>, name: string) => {
    const opened = await identity.signIn(name, password);
    assert.ok(opened !== undefined && opened !== 'busy');
    return opened;
  };

  beforeEach(() => {
    time = Date.UTC(2026, 0, 31, 8);
    accounts = new MemoryAccounts();
  });

  it('is open to this machine only until there is a user or a token', async () => {
    const identity = identify({ openToMachine: true });
    assert.equal(identity.isOpen(), true);
    await addUser('ada');
    assert.equal(identity.isOpen(), false);
    accounts.users.remove('ada');
    assert.equal(identify({ openToMachine: true, token: 'x' }).isOpen(), false);
    assert.equal(identify().isOpen(), false);
  });

  it('signs in by name and password, and by nothing less', async () => {
    await addUser('ada', 'admin');
    const identity = identify();
    const opened = await signedIn(identity, 'ada');
    assert.deepEqual(opened.principal, { name: 'ada', role: 'admin', kind: 'user' });
    assert.deepEqual(identity.ofSession(opened.secret), opened.principal);
    assert.equal(await identity.signIn('ada', `${password}!`), undefined);
    assert.equal(await identity.signIn('eve', password), undefined);
    assert.equal(identity.ofSession(hashOf(opened.secret)), undefined);
  });

  it('ends a session after a time without requests, and after its longest time in any case', async () => {
    await addUser('ada');
    const identity = identify();
    const idle = await signedIn(identity, 'ada');
    time += 59 * minute;
    assert.ok(identity.ofSession(idle.secret));
    time += 59 * minute;
    assert.ok(identity.ofSession(idle.secret));
    time += 60 * minute;
    assert.equal(identity.ofSession(idle.secret), undefined);
    const busy = await signedIn(identity, 'ada');
    for (let passed = 0; passed < 719; passed += 1) {
      time += minute;
      assert.ok(identity.ofSession(busy.secret));
    }
    time += minute;
    assert.equal(identity.ofSession(busy.secret), undefined);
  });

  it('ends a session at sign-out', async () => {
    await addUser('ada');
    const identity = identify();
    const { secret } = await signedIn(identity, 'ada');
    identity.signOut(secret);
    assert.equal(identity.ofSession(secret), undefined);
  });

  it('knows tokens until they end or are revoked', () => {
    const identity = identify({ token: 'the token of the settings' });
    const secret = newSecret('clt');
    const expiresAt = new Date(time + minute);
    const made = { id: '1', name: 'pacs', role: 'operator', createdAt: now(), createdBy: 'ada' };
    accounts.tokens.add({ ...made, role: 'operator', expiresAt }, hashOf(secret));
    assert.deepEqual(identity.ofToken(secret), {
      name: 'token pacs',
      role: 'operator',
      kind: 'token',
    });
    const session = identity.signInByToken(secret);
    assert.equal(identity.ofSession(session?.secret ?? '')?.role, 'operator');
    time += minute;
    assert.equal(identity.ofToken(secret), undefined);
    assert.equal(identity.ofSession(session?.secret ?? ''), undefined);
    assert.equal(identity.ofToken('the token of the settings')?.role, 'admin');
    assert.equal(identity.signInByToken('another'), undefined);
  });

  it('ends sessions that were opened with the token of the settings when it changes', () => {
    const opened = identify({ token: 'one' }).signInByToken('one');
    assert.equal(identify({ token: 'one' }).ofSession(opened?.secret ?? '')?.role, 'admin');
    assert.equal(identify({ token: 'two' }).ofSession(opened?.secret ?? ''), undefined);
    assert.equal(identify().ofSession(opened?.secret ?? ''), undefined);
  });

  it('names the first administrator by a link that counts once and for half an hour', async () => {
    const identity = identify();
    const late = identity.issueFirstLink();
    time += 30 * minute;
    assert.equal(await identity.nameFirst(late?.secret ?? '', 'ada', password), undefined);
    const link = identity.issueFirstLink();
    assert.equal(await identity.nameFirst('guess', 'ada', password), undefined);
    const opened = await identity.nameFirst(link?.secret ?? '', 'ada', password);
    assert.deepEqual(opened?.principal, { name: 'ada', role: 'admin', kind: 'user' });
    assert.equal(await identity.nameFirst(link?.secret ?? '', 'eve', password), undefined);
    assert.equal(identity.issueFirstLink(), undefined);
    await signedIn(identity, 'ada');
  });

  it('prints no link where somebody can come in already', () => {
    assert.equal(identify({ openToMachine: true }).issueFirstLink(), undefined);
    assert.equal(identify({ token: 'x' }).issueFirstLink(), undefined);
  });
});

describe('passwords', () => {
  it('are kept as scrypt with their cost, each with a salt of its own', async () => {
    const passwords = createPasswords();
    const [one, two] = await Promise.all([passwords.hash(password), passwords.hash(password)]);
    assert.match(one, /^\$scrypt\$ln=15,r=8,p=3\$[\w-]{22}\$[\w-]{43}$/);
    assert.notEqual(one, two);
    assert.deepEqual(
      [await passwords.fits(password, one), await passwords.fits('another one', one)],
      [true, false],
    );
  });

  it('are the same however a keyboard composes their letters', async () => {
    const passwords = createPasswords({ logN: 4, r: 8, p: 1 });
    const stored = await passwords.hash('Über den Wolken'.normalize('NFD'));
    assert.equal(await passwords.fits('Über den Wolken'.normalize('NFC'), stored), true);
  });

  it('are compared, at the same cost, also where there is no such user', async () => {
    const passwords = createPasswords({ logN: 4, r: 8, p: 1 });
    assert.equal(await passwords.fits(password, undefined), false);
    assert.equal(await passwords.fits(password, 'nonsense'), false);
  });

  it('fit what another implementation derives', async () => {
    // RFC 7914, 12: scrypt (P="pleaseletmein", S="SodiumChloride", N=16384, r=8, p=1), the first 32 bytes.
    const key = '7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2';
    const stored = `$scrypt$ln=14,r=8,p=1$${Buffer.from('SodiumChloride').toString('base64url')}$${Buffer.from(key, 'hex').toString('base64url')}`;
    assert.equal(await createPasswords().fits('pleaseletmein', stored), true);
  });
});
