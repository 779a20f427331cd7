import assert from 'node:assert/strict';
import { MemoryAccounts } from '../../src/adapters/memory/memory-accounts.js';
import { StateDatabase } from '../../src/adapters/sqlite/database.js';
import { SqliteAccounts } from '../../src/adapters/sqlite/sqlite-accounts.js';
import type { Accounts, Session } from '../../src/ports/accounts.js';
import { temporaryFolder } from '../support/process.js';

const at = (minute: number) => new Date(Date.UTC(2026, 0, 31, 8, minute));
const ada = {
  name: 'ada',
  role: 'admin',
  password: '$scrypt$…',
  createdAt: at(0),
  changedAt: at(0),
} as const;
const grace = { ...ada, name: 'grace', role: 'viewer' } as const;
const token = {
  id: 'abcdef012345',
  name: 'backup script',
  role: 'operator',
  createdAt: at(1),
  createdBy: 'ada',
  expiresAt: at(50),
} as const;
const session = (source: Session['source'], subject: string): Session => ({
  source,
  subject,
  role: 'admin',
  seenAt: at(2),
  expiresAt: at(40),
});

function accountsContract(open: () => { accounts: Accounts; close(): void }): void {
  let opened: ReturnType<typeof open>;
  let accounts: Accounts;
  beforeEach(() => {
    opened = open();
    ({ accounts } = opened);
  });
  afterEach(() => {
    opened.close();
  });

  it('keeps users by name, each once, and lists them without passwords', () => {
    const { users } = accounts;
    assert.deepEqual([users.add(grace), users.add(ada), users.add(ada)], [true, true, false]);
    const { name, role, createdAt, changedAt } = ada;
    assert.deepEqual(users.list()[0], { name, role, createdAt, changedAt });
    assert.deepEqual(
      users.list().map(({ name }) => name),
      ['ada', 'grace'],
    );
    assert.deepEqual(users.find('ada'), ada);
    assert.equal(users.find('eve'), undefined);
  });

  it('changes role or password of a user, and says when there is none', () => {
    const { users } = accounts;
    users.add(grace);
    assert.equal(users.change('grace', { role: 'operator' }, at(3)), true);
    assert.equal(users.change('grace', { password: 'other' }, at(4)), true);
    assert.equal(users.change('eve', { role: 'admin' }, at(5)), false);
    assert.deepEqual(users.find('grace'), {
      ...grace,
      role: 'operator',
      password: 'other',
      changedAt: at(4),
    });
    assert.deepEqual([users.remove('grace'), users.remove('grace')], [true, false]);
    assert.deepEqual(users.list(), []);
  });

  it('keeps tokens by the hash of their secret', () => {
    const { tokens } = accounts;
    const { name, role, createdAt, createdBy } = token;
    const lasting = { id: '000000000000', name, role, createdAt, createdBy };
    tokens.add(token, 'h1');
    tokens.add(lasting, 'h2');
    assert.deepEqual([tokens.find('h1'), tokens.find('h2')], [token, lasting]);
    assert.equal(tokens.find('abcdef012345'), undefined);
    assert.equal(tokens.list().length, 2);
    assert.deepEqual([tokens.revoke(token.id), tokens.revoke(token.id)], [true, false]);
    assert.equal(tokens.find('h1'), undefined);
  });

  it('keeps sessions until they end, and notes when they were seen', () => {
    const { sessions } = accounts;
    sessions.open(session('provider', 'oidc:mary'), 'h');
    sessions.touch('h', at(9));
    assert.deepEqual(sessions.find('h'), { ...session('provider', 'oidc:mary'), seenAt: at(9) });
    sessions.end('h');
    assert.equal(sessions.find('h'), undefined);
  });

  it('forgets sessions whose time is over, or that nobody was seen with', () => {
    const { sessions } = accounts;
    sessions.open(session('user', 'ada'), 'over');
    sessions.open({ ...session('user', 'ada'), expiresAt: at(59) }, 'unseen');
    sessions.open({ ...session('user', 'ada'), expiresAt: at(59), seenAt: at(44) }, 'live');
    sessions.prune(at(45), at(30));
    assert.deepEqual(
      ['over', 'unseen', 'live'].map((hash) => sessions.find(hash) !== undefined),
      [false, false, true],
    );
  });

  it('ends the sessions of a user whose role or password changes, or who goes, and no others', () => {
    const { users, sessions, tokens } = accounts;
    users.add(ada);
    users.add(grace);
    const acts: readonly (() => unknown)[] = [
      () => users.change('ada', { role: 'viewer' }, at(3)),
      () => users.change('ada', { password: 'x' }, at(3)),
      () => users.remove('ada'),
    ];
    for (const [index, act] of acts.entries()) {
      sessions.open(session('user', 'ada'), `ada ${index}`);
      sessions.open(session('user', 'grace'), `grace ${index}`);
      sessions.open(session('provider', 'ada'), `provider ${index}`);
      act();
      assert.equal(sessions.find(`ada ${index}`), undefined);
      assert.ok(sessions.find(`grace ${index}`));
      assert.ok(sessions.find(`provider ${index}`));
    }
    tokens.add(token, 'h');
    sessions.open(session('token', token.id), 'by token');
    tokens.revoke(token.id);
    assert.equal(sessions.find('by token'), undefined);
  });

  it('takes the first link once, in its time, and only the last that was issued', () => {
    const { firstLink } = accounts;
    firstLink.issue('old', at(30));
    firstLink.issue('new', at(30));
    assert.equal(firstLink.redeem('old', at(1)), false);
    assert.equal(firstLink.redeem('new', at(30)), false);
    assert.equal(firstLink.redeem('new', at(29)), true);
    assert.equal(firstLink.redeem('new', at(29)), false);
  });
}

describe('accounts in memory', () => {
  accountsContract(() => ({ accounts: new MemoryAccounts(), close: () => undefined }));
});

describe('accounts in SQLite', () => {
  accountsContract(() => {
    const database = StateDatabase.openForWriting(temporaryFolder());
    return {
      accounts: new SqliteAccounts(database),
      close: () => {
        database.close();
      },
    };
  });

  it('are changed by a command while the service writes the same file', () => {
    const folder = temporaryFolder();
    const service = StateDatabase.openForWriting(folder);
    const command = StateDatabase.openBeside(folder);
    new SqliteAccounts(command).users.add(ada);
    assert.deepEqual(new SqliteAccounts(service).users.find('ada'), ada);
    command.close();
    service.close();
  });
});
