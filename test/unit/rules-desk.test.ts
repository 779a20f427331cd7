import assert from 'node:assert/strict';
import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { createMemoryRulesHistory } from '../../src/adapters/memory/memory-rules-history.js';
import { openRules, type RulesRoom } from '../../src/compose/rules.js';
import { loadSettings } from '../../src/config/load-settings.js';
import type { AuditEvent } from '../../src/domain/audit.js';
import type { RulesHistory } from '../../src/ports/rules-history.js';
import { temporaryFolder, until } from '../support/process.js';

const log = pino({ level: 'silent' });
const textOf = (name: string) => `rules: [{ name: ${name}, skip: no }] # ${name}\n`;

describe('the desk of the rules', () => {
  let folder: string;
  let file: string;
  let history: RulesHistory;
  let room: RulesRoom;
  let told = 0;
  const audited: AuditEvent[] = [];
  const audit = { append: (event: AuditEvent) => void audited.push(event) };

  const open = async (rules: Readonly<Record<string, string>> = { COLOURISER_RULES_FILE: file }) =>
    openRules(
      loadSettings(undefined, { COLOURISER_DATA_FOLDER: folder, ...rules }),
      { history, audit, log },
      () => (told += 1),
    );
  const hash = async () => (await room.desk.state()).textHash;
  const ruleInForce = () => room.current().rules[0]?.name;
  const save = async (text: string, expected?: string, note?: string) =>
    room.desk.save({
      text,
      expected: expected ?? (await hash()),
      by: 'Ada',
      ...(note === undefined ? {} : { note }),
    });

  beforeEach(async () => {
    folder = temporaryFolder();
    file = join(folder, 'own.yaml');
    writeFileSync(file, textOf('first'));
    history = createMemoryRulesHistory(() => new Date());
    room = await open();
  });
  afterEach(() => {
    room.close();
  });

  it('puts a text into the file and into force at once, and keeps who and why', async () => {
    const before = told;
    const edition = await save(textOf('second'), undefined, 'a trial');
    assert.equal(readFileSync(file, 'utf8'), textOf('second'));
    assert.equal(ruleInForce(), 'second');
    assert.ok(told > before);
    assert.equal(edition.version, room.current().version);
    const state = await room.desk.state();
    assert.deepEqual(state.inForce, { version: edition.version, edition });
    assert.equal(state.valid, true);
    const said = history.editions(9).map(({ origin, by, note }) => ({ origin, by, note }));
    assert.deepEqual(said, [
      { origin: 'console', by: 'Ada', note: 'a trial' },
      { origin: 'file', by: undefined, note: undefined },
    ]);
    assert.equal(room.desk.edition(1)?.text, textOf('first'));
    assert.deepEqual(readdirSync(folder), ['own.yaml']);
  });

  it('changes nothing for rules at fault', async () => {
    await assert.rejects(save('rules: [{ name: broken }]'), { code: 'CONFIG_INVALID' });
    assert.equal(readFileSync(file, 'utf8'), textOf('first'));
    assert.equal(ruleInForce(), 'first');
    assert.equal(history.editions(9).length, 1);
  });

  it('tells the second of two who edited the same text who was first, and overwrites nothing', async () => {
    const expected = await hash();
    const results = await Promise.allSettled([
      save(textOf('one'), expected),
      save(textOf('two'), expected),
    ]);
    assert.deepEqual(
      results.map(({ status }) => status),
      ['fulfilled', 'rejected'],
    );
    const [, second] = results;
    assert.ok(second.status === 'rejected');
    const { code, message } = second.reason as Error & { code: string };
    assert.equal(code, 'RULES_CHANGED');
    assert.match(message, /by Ada, at \d{4}-/);
    assert.equal(readFileSync(file, 'utf8'), textOf('one'));
  });

  it('refuses an edit of a text that was changed on the disk meanwhile', async () => {
    const expected = await hash();
    writeFileSync(file, textOf('by-hand'));
    await assert.rejects(save(textOf('second'), expected), {
      code: 'RULES_CHANGED',
      message: /on the disk/,
    });
    assert.equal(readFileSync(file, 'utf8'), textOf('by-hand'));
  });

  it('mends a file that was broken by hand, and no longer says that it is', async () => {
    writeFileSync(file, 'rules: [');
    await until('the fault', () => room.fault !== undefined);
    const { valid, text, faults, inForce } = await room.desk.state();
    assert.deepEqual([valid, text, inForce.edition?.id], [false, 'rules: [', 1]);
    assert.ok(faults.length > 0);
    await save(textOf('mended'));
    assert.equal(room.fault, undefined);
    assert.equal(ruleInForce(), 'mended');
  });

  it('no longer says that a file is broken that was put back by hand', async () => {
    writeFileSync(file, 'rules: [');
    await until('the fault', () => room.fault !== undefined);
    writeFileSync(file, textOf('first'));
    await until('the fault to go', () => room.fault === undefined);
    assert.equal(history.editions(9).length, 1);
  });

  it('keeps what was edited on the disk, also while no service ran', async () => {
    writeFileSync(file, textOf('by-hand'));
    await until('it to be taken', () => ruleInForce() === 'by-hand');
    room.close();
    writeFileSync(file, textOf('at-night'));
    room = await open();
    assert.deepEqual(
      history.editions(9).map(({ id }) => history.text(id)),
      [textOf('at-night'), textOf('by-hand'), textOf('first')],
    );
    room.close();
    room = await open();
    assert.equal(history.editions(9).length, 3);
    const lines = audited.slice(-3).map(({ action, who, details }) => [action, who, details]);
    assert.deepEqual(
      lines,
      [1, 2, 3].map((id) => {
        const version = history.edition(id)?.version;
        return ['rules.change', 'rules file', { edition: id, version }];
      }),
    );
  });

  it('keeps the mode of the file, and a link as a link', async () => {
    chmodSync(file, 0o604);
    await save(textOf('second'));
    assert.equal(statSync(file).mode & 0o777, 0o604);
    room.close();
    const link = join(folder, 'link.yaml');
    symlinkSync('own.yaml', link);
    room = await open({ COLOURISER_RULES_FILE: link });
    await save(textOf('third'));
    assert.ok(lstatSync(link).isSymbolicLink());
    assert.equal(readFileSync(file, 'utf8'), textOf('third'));
  });

  it('says before and after that a read-only file is one, and changes nothing', async () => {
    chmodSync(file, 0o444);
    assert.equal((await room.desk.state()).unwritable, 'the file is read-only');
    await assert.rejects(save(textOf('second')), {
      code: 'RULES_UNWRITABLE',
      message: /own\.yaml cannot be replaced: the file is read-only/,
    });
    assert.equal(ruleInForce(), 'first');
  });

  it('puts edits of the rules of the release into the data folder, where the next start finds them', async () => {
    room.close();
    history = createMemoryRulesHistory(() => new Date());
    room = await open({});
    const shipped = room.file();
    assert.match(shipped, /config\/rules\.yaml$/);
    const own = join(folder, 'rules.yaml');
    assert.equal((await room.desk.state()).file, own);
    await save(textOf('mine'));
    assert.ok(existsSync(shipped));
    assert.equal(readFileSync(own, 'utf8'), textOf('mine'));
    assert.equal(room.file(), own);
    writeFileSync(own, textOf('by-hand'));
    await until('the new file to be followed', () => ruleInForce() === 'by-hand');
    room.close();
    room = await open({});
    assert.equal(ruleInForce(), 'by-hand');
  });

  it('writes a file anew that was deleted', async () => {
    rmSync(file);
    const { text, textHash } = await room.desk.state();
    assert.deepEqual([text, textHash], [textOf('first'), 'absent']);
    await save(textOf('second'));
    assert.equal(readFileSync(file, 'utf8'), textOf('second'));
  });

  it('says what is in the way where the folder is gone or the file is a folder', async () => {
    rmSync(file);
    mkdirSync(file);
    await assert.rejects(room.desk.state(), { code: 'RULES_UNWRITABLE' });
    room.close();
    rmSync(folder, { recursive: true });
    await assert.rejects(save(textOf('x'), 'absent'), {
      code: 'RULES_UNWRITABLE',
      message: /its folder does not exist/,
    });
  });
});
