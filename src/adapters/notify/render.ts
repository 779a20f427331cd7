import mustache from 'mustache';
import { conditions, type NoticeEvent } from '../../domain/notices.js';

export interface Templates {
  readonly subject: string;
  readonly body: string;
}

/** What every message tells of its sender. */
export interface Sender {
  /** Which installation. */
  readonly service: string;
  /** Where its page is; empty where nobody has said. */
  readonly url: string;
}

const words = { raised: 'New', grown: 'More', resolved: 'Resolved' } as const;

/** Subject and text of a message. The fields of templates: docs/operations.md, tested to be these. */
export function renderNotice(
  { subject, body }: Templates,
  { service, url }: Sender,
  events: readonly NoticeEvent[],
  at: Date,
): { readonly subject: string; readonly text: string } {
  const resolved = events.filter(({ state }) => state === 'resolved').length;
  const view = {
    service,
    url,
    time: at.toISOString(),
    raised: events.length - resolved,
    resolved,
    summary: summaryOf(events),
    events: events.map(({ condition, subject: of, state, count, more, since }) => ({
      condition,
      state: words[state],
      title: conditions[condition].title,
      subject: of,
      count,
      more: state === 'grown' ? more : 0,
      since: since.toISOString(),
      next: state === 'resolved' ? '' : conditions[condition].next,
    })),
  };
  const render = (template: string) =>
    mustache.render(template, view, undefined, { escape: String }).trim();
  return { subject: render(subject).replaceAll(/\s+/g, ' '), text: render(body) };
}

function summaryOf(events: readonly NoticeEvent[]): string {
  return events
    .map(({ condition, subject, state, count }) => {
      const of = subject === '' ? '' : ` ${subject}`;
      const many = count > 0 && state !== 'resolved' ? ` (${count})` : '';
      const over = state === 'resolved' ? 'resolved: ' : '';
      return `${over}${conditions[condition].title}${of}${many}`;
    })
    .join('; ');
}
