import { z } from 'zod';
import type { LedgerReader } from '../ports/ledger.js';
import { activity } from './answers.js';
import { route, type Route } from './route.js';
import { shared } from './shared.js';

const dayMs = 24 * 60 * 60 * 1000;

/** Counting a day of 100,000 images takes some 30 ms: once in this time is often enough for hours. */
const maxAgeMs = 5000;

/** What passed in the last hours, for charts, and what lists can be filtered by. */
export function activityRoutes(ledger: Pick<LedgerReader, 'hours' | 'rules'>): readonly Route[] {
  const lastDay = shared(() => {
    const since = new Date(Date.now() - dayMs);
    return Promise.resolve({ since, hours: ledger.hours(since) });
  }, maxAgeMs);
  return [
    route({
      method: 'get',
      path: '/api/activity',
      role: 'viewer',
      summary: 'Hour by hour over the last day: what arrived, what was finished, how long it took.',
      answer: activity,
      handler: lastDay,
    }),
    route({
      method: 'get',
      path: '/api/rule-names',
      role: 'viewer',
      summary: 'Rules that images were decided by, those of earlier versions too.',
      answer: z.strictObject({ rules: z.array(z.string()) }),
      handler: () => ({ rules: ledger.rules() }),
    }),
  ];
}
