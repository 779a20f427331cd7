import assert from 'node:assert/strict';
import { renderNotice } from '../../src/adapters/notify/render.js';
import { settingsSchema } from '../../src/config/settings.js';
import { templateFault, templateFields } from '../../src/config/notify-template.js';
import { concernsOf, type Vitals } from '../../src/domain/concerns.js';
import {
  type Concern,
  conditions,
  dueEvents,
  nothingTold,
  observed,
  told,
  undelivered,
} from '../../src/domain/notices.js';
import { read } from '../support/documents.js';

const minute = 60_000;
const policy = { pauseMs: 15 * minute, patienceMs: 5 * minute };

const failed = (count: number): Concern => ({ condition: 'dead-letters', subject: '', count });
const away: Concern = { condition: 'destination-away', subject: 'research', count: 2 };

/** One channel in the course of time, in minutes; every message is delivered unless it is said otherwise. */
function course() {
  let memory = nothingTold;
  const at = (
    time: number,
    concerns: readonly Concern[],
    isDelivered = true,
  ): readonly string[] => {
    const now = time * minute;
    memory = observed(memory, concerns, now);
    const events = dueEvents(memory, policy, now);
    if (events.length > 0) {
      memory = isDelivered ? told(memory, events, now) : undelivered(memory, now, 0);
    }
    return events.map(
      ({ state, condition, count, more }) => `${state} ${condition} ${count} +${more}`,
    );
  };
  return at;
}

describe('what is told', () => {
  it('is a failed image at once, and nothing more while nothing changes', () => {
    const at = course();
    assert.deepEqual(at(0, []), []);
    assert.deepEqual(at(1, [failed(1)]), ['raised dead-letters 1 +1']);
    assert.deepEqual(at(60, [failed(1)]), []);
  });

  it('is gathered: after a message the next waits, with all that came meanwhile', () => {
    const at = course();
    at(0, [failed(1)]);
    const rules: Concern = { condition: 'rules-fault', subject: '', count: 0 };
    assert.deepEqual(at(1, [failed(5), rules]), []);
    assert.deepEqual(at(14, [failed(30), rules]), []);
    assert.deepEqual(at(15, [failed(30), rules]), [
      'grown dead-letters 30 +29',
      'raised rules-fault 0 +0',
    ]);
  });

  it('is the end of what was told, and of nothing else', () => {
    const at = course();
    at(0, [failed(2)]);
    assert.deepEqual(at(20, []), ['resolved dead-letters 2 +0']);
    assert.deepEqual(at(40, []), []);
  });

  it('is no server that was away for a moment only', () => {
    const at = course();
    assert.deepEqual(at(0, [away]), []);
    assert.deepEqual(at(4, []), []);
    assert.deepEqual(at(5, [away]), []);
    assert.deepEqual(at(10, [away]), ['raised destination-away 2 +2']);
  });

  it('is no server that was back for a moment only', () => {
    const at = course();
    at(0, [away]);
    at(5, [away]);
    assert.deepEqual(at(30, []), []);
    assert.deepEqual(at(32, [away]), []);
    assert.deepEqual(at(40, []), []);
    assert.deepEqual(at(45, []), ['resolved destination-away 2 +0']);
  });

  it('is what failed after others were mended', () => {
    const at = course();
    at(0, [failed(5)]);
    at(20, [failed(1)]);
    assert.deepEqual(at(40, [failed(3)]), ['grown dead-letters 3 +2']);
  });

  it('is told later as it is then, where it could not be delivered; ever more seldom', () => {
    const at = course();
    assert.equal(at(0, [failed(1)], false).length, 1);
    assert.deepEqual(at(0.05, [failed(1)]), [], 'within the first pause of 5 s');
    assert.deepEqual(at(0.1, [failed(4)], false), ['raised dead-letters 4 +4']);
    let tries = 0;
    for (let time = 1; time < 24 * 60; time++) tries += at(time, [failed(4)], false).length;
    assert.ok(tries >= 20 && tries < 60, `${tries} tries a day`);
    assert.deepEqual(at(48 * 60, [failed(9)]), ['raised dead-letters 9 +9']);
  });

  it('does not wait for a clock that was set back', () => {
    const at = course();
    at(1000, [failed(1)]);
    assert.deepEqual(at(10, [failed(2)]), ['grown dead-letters 2 +1']);
  });
});

describe('what is not well', () => {
  const well: Vitals = {
    now: 10 * minute,
    lastSettledAt: 10 * minute,
    failedImages: 0,
    missingImages: 0,
    readyJobs: 0,
    archiveReachable: true,
    fellBack: false,
    rulesFault: false,
    destinations: [{ destination: 'research', pending: 0, failed: 0, isAway: false }],
  };
  const found = (vitals: Partial<Vitals>) =>
    concernsOf({ ...well, ...vitals }).map(
      ({ condition, subject, count }) => `${condition} ${subject} ${count}`,
    );

  it('is nothing where all is well', () => {
    assert.deepEqual(found({}), []);
  });

  it('is each thing by its name', () => {
    assert.deepEqual(
      found({ failedImages: 3, missingImages: 2, fellBack: true, rulesFault: true }),
      ['dead-letters  3', 'missing  2', 'model-gate  0', 'rules-fault  0'],
    );
    const research = { destination: 'research', pending: 4, failed: 1, isAway: true };
    assert.deepEqual(found({ destinations: [research] }), [
      'destination-away research 4',
      'forwards-failed research 1',
    ]);
  });

  it('is a queue that stands still, but neither an empty one nor one whose archive is away', () => {
    const still = { lastSettledAt: 0, readyJobs: 7 };
    assert.deepEqual(found(still), ['workers-lost  7']);
    assert.deepEqual(found({ ...still, lastSettledAt: well.now - 1000 }), []);
    assert.deepEqual(found({ ...still, readyJobs: 0 }), []);
    assert.deepEqual(found({ ...still, archiveReachable: false }), ['archive-away  0']);
  });
});

describe('the words of a message', () => {
  const templates = settingsSchema.parse({}).notify;
  const sender = { service: 'colouriser at ward', url: 'https://colour.example.org' };
  const since = new Date('2026-01-31T08:00:00Z');
  const events = [
    { ...failed(12), state: 'grown', more: 3, since },
    { ...away, state: 'resolved', more: 0, since },
  ] as const;

  it('say what, since when and what to do', () => {
    const { subject, text } = renderNotice(templates, sender, events, since);
    assert.equal(
      subject,
      '[colouriser at ward] images failed (12); resolved: colour cannot be sent to a destination research',
    );
    assert.equal(
      text.replaceAll(/\n\s*\n/g, '\n'),
      `More: images failed (12), 3 more than last time
  since 2026-01-31T08:00:00.000Z
  ${conditions['dead-letters'].next}
Resolved: colour cannot be sent to a destination: research (2)
  since 2026-01-31T08:00:00.000Z
colouriser at ward https://colour.example.org
Research software, not for diagnosis.`,
    );
  });

  it('are those of a template, with every field that docs/operations.md names', () => {
    const template = templateFields.map((field) => `{{${field}}}`).join(' ');
    assert.equal(templateFault(template), undefined);
    const own = {
      subject: '{{raised}} & {{resolved}}\nat {{time}}',
      body: '{{#events}}<{{state}}>{{/events}}',
    };
    assert.deepEqual(renderNotice(own, sender, events, since), {
      subject: '1 & 1 at 2026-01-31T08:00:00.000Z',
      text: '<More><Resolved>',
    });
    const [, chapter = ''] = read('docs/operations.md').split('\n## Notifications\n');
    for (const field of templateFields) assert.ok(chapter.includes(`\`${field}\``), field);
  });

  it('refuse templates that name what is not there, or do not end', () => {
    for (const wrong of [
      '{{patient}}',
      '{{#events}}{{name}}{{/events}}',
      '{{#events}}',
      '{{>file}}',
    ]) {
      assert.ok(templateFault(wrong), wrong);
      assert.equal(settingsSchema.safeParse({ notify: { body: wrong } }).success, false);
    }
  });
});
