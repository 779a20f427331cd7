import { count, longTime, shortTime } from '../../shell/format.js';
import type { Report } from './rehearse.js';

type Change = Report['changes']['newlyTaken'];
type Load = Report['edited']['load'];

/** What a rehearsal found. */
export function Outlook({
  report,
  onExplain,
}: {
  readonly report: Report;
  readonly onExplain: (uid: string) => void;
}) {
  const { changes, edited, live } = report;
  return (
    <>
      <p>
        <strong>{count(report.images)} images</strong> of {count(report.studies)} studies since{' '}
        <time dateTime={report.since}>{shortTime(report.since)}</time>
        {report.studiesUnread > 0 && `; ${count(report.studiesUnread)} studies are not served`}
        {!report.complete && '; more came in this time than are decided at once'}.
      </p>
      {report.missingModels.length > 0 && (
        <p role="alert">
          Not installed, so that its images would fail: {report.missingModels.join(', ')}
        </p>
      )}
      <Changes what="Newly taken" change={changes.newlyTaken} onExplain={onExplain} />
      <Changes what="No longer taken" change={changes.noLongerTaken} onExplain={onExplain} />
      <Changes what="Taken otherwise" change={changes.takenOtherwise} onExplain={onExplain} />
      <p class="quiet">{count(changes.same)} images alike under both.</p>
      <Counts counts={edited.counts} />
      <Work edited={edited.load} live={live.load} timeZone={report.timeZone} />
    </>
  );
}

function Changes({
  what,
  change,
  onExplain,
}: {
  readonly what: string;
  readonly change: Change;
  readonly onExplain: (uid: string) => void;
}) {
  const title = `${what}: ${count(change.images)}`;
  if (change.images === 0) return <p class="change">{title}</p>;
  const isPart = change.examples.length < change.images;
  return (
    <details class="change">
      <summary>{title}</summary>
      <ul>
        {change.examples.map(({ SOPInstanceUID, StudyInstanceUID, arrivedAt, live, edited }) => (
          <li key={SOPInstanceUID}>
            <button
              type="button"
              class="link"
              title={`Study ${StudyInstanceUID}`}
              onClick={() => onExplain(SOPInstanceUID)}
            >
              {SOPInstanceUID}
            </button>{' '}
            <time dateTime={arrivedAt} title={longTime(arrivedAt)}>
              {shortTime(arrivedAt)}
            </time>
            <span class="before-after">
              {live.reason} → <strong>{edited.reason}</strong>
            </span>
          </li>
        ))}
        {isPart && <li class="quiet">and {count(change.images - change.examples.length)} more</li>}
      </ul>
    </details>
  );
}

function Counts({ counts }: { readonly counts: Report['edited']['counts'] }) {
  return (
    <table class="counts">
      <caption>By rule and reason</caption>
      <thead>
        <tr>
          <th scope="col">Rule</th>
          <th scope="col">Fate</th>
          <th scope="col">Images</th>
          <th scope="col">Why</th>
        </tr>
      </thead>
      <tbody>
        {counts.map(({ rule, outcome, code = '', images, reasons }) => (
          <tr key={`${rule} ${outcome} ${code}`}>
            <th scope="row">{rule === '' ? 'none' : rule}</th>
            <td>{outcome === 'colourise' ? 'coloured' : `skipped ${code}`}</td>
            <td class="figure">{count(images)}</td>
            <td>
              {reasons.map(({ why, images: n }) => (
                <div key={why}>
                  <span class="quiet">{count(n)}</span> {why}
                </div>
              ))}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Work({
  edited,
  live,
  timeZone,
}: {
  readonly edited: Load;
  readonly live: Load;
  readonly timeZone: string;
}) {
  const minutes = (value: number | undefined) =>
    value === undefined ? 'never measured here' : count(value);
  return (
    <>
      <table class="counts">
        <caption>
          Work: {count(edited.jobs)} colour images, {count(live.jobs)} by the rules in force
        </caption>
        <thead>
          <tr>
            <th scope="col">Model</th>
            <th scope="col">Images</th>
            <th scope="col">Minutes of work</th>
            <th scope="col">of them in the network</th>
          </tr>
        </thead>
        <tbody>
          {edited.models.map(({ model, jobs, computeMinutes, networkMinutes }) => (
            <tr key={model}>
              <th scope="row">{model}</th>
              <td class="figure">{count(jobs)}</td>
              <td class="figure">{minutes(computeMinutes)}</td>
              <td class="figure">{minutes(networkMinutes)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <Hours edited={edited.perHour} live={live.perHour} timeZone={timeZone} />
      {edited.busiestHour && (
        <p class="quiet">
          The busiest hour began at {shortTime(edited.busiestHour.begins)}:{' '}
          {count(edited.busiestHour.jobs)} images.
        </p>
      )}
    </>
  );
}

const chart = { width: 480, height: 96, foot: 16 } as const;

/** Images a day that may begin in each hour; the line is that of the rules in force. */
function Hours({
  edited,
  live,
  timeZone,
}: {
  readonly edited: readonly number[];
  readonly live: readonly number[];
  readonly timeZone: string;
}) {
  const most = Math.max(...edited, ...live, 1e-9);
  const step = chart.width / 24;
  const y = (value: number) => chart.height - (value / most) * chart.height;
  const busiest = edited.indexOf(Math.max(...edited));
  const label = `Colour images a day by hour (${timeZone}); the most, ${edited[busiest] ?? 0}, from ${busiest}:00`;
  const line = live.map(
    (value, hour) => `${hour * step},${y(value)} ${(hour + 1) * step},${y(value)}`,
  );
  return (
    <figure class="hours">
      <figcaption>{label}</figcaption>
      <svg
        role="img"
        aria-label={label}
        viewBox={`0 0 ${chart.width} ${chart.height + chart.foot}`}
      >
        {edited.map((value, hour) => (
          <rect
            key={hour}
            x={hour * step + 2}
            y={y(value)}
            width={step - 4}
            height={chart.height - y(value)}
          >
            <title>{`${hour}:00: ${value}, in force ${live[hour] ?? 0}`}</title>
          </rect>
        ))}
        <polyline points={line.join(' ')} />
        {[0, 6, 12, 18].map((hour) => (
          <text key={hour} x={hour * step} y={chart.height + chart.foot - 3}>
            {`${String(hour).padStart(2, '0')}:00`}
          </text>
        ))}
      </svg>
    </figure>
  );
}
