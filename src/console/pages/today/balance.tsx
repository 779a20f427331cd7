import { Link } from 'wouter-preact';
import { count, shortTime } from '../../shell/format.js';
import { Icon } from '../../shell/icon.js';
import type { Status } from '../../shell/status.js';

const parts = ['stored', 'skipped', 'failed', 'pending'] as const;

/** Of the last 24 hours: arrived = stored + skipped + failed + pending, and what the last sweep found missing. */
export function DailyBalance({ daily }: { readonly daily: Status['daily'] }) {
  const { missing, sweptAt } = daily;
  return (
    <section class="balance" id="daily" aria-labelledby="balance-title">
      <h2 id="balance-title">The last 24 hours</h2>
      <ul>
        <li class="arrived">
          <Link href="/studies">
            <span class="number">{count(daily.arrived)}</span> <span class="word">arrived</span>
          </Link>
        </li>
        {parts.map((part, index) => (
          <li key={part} class={`${part}${daily[part] === 0 ? ' none' : ''}`}>
            <span class="sign" aria-hidden="true">
              {index === 0 ? '=' : '+'}
            </span>
            <Link href={`/studies?state=${part}`}>
              <span class="number">{count(daily[part])}</span>{' '}
              <span class="word">
                <Icon name={part} />
                {part}
              </span>
            </Link>
          </li>
        ))}
        <li class={`missing${missing !== undefined && missing > 0 ? ' bad' : ' none'}`}>
          <span>
            <span class="number">{missing === undefined ? '?' : count(missing)}</span>{' '}
            <span class="word">
              <Icon name="missing" />
              missing
            </span>
          </span>
          <small>
            {sweptAt === undefined
              ? 'not yet compared with the archive'
              : `compared ${shortTime(sweptAt)}`}
          </small>
        </li>
      </ul>
    </section>
  );
}
