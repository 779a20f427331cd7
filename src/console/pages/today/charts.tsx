import type { Activity, Wire } from '../../../http/api.js';
import { get } from '../../shell/api.js';
import { deferred } from '../../shell/deferred.js';
import { count, duration } from '../../shell/format.js';
import { useLive } from '../../shell/live.js';
import { Problem } from '../../shell/problem.js';
import { dayOfWork, type DayOfWork } from './activity.js';

/** The drawing itself comes after the first page is there. */
const Chart = deferred(() => import('./chart.js').then((part) => part.default));

const seconds = (value: number) => duration(value * 1000);

/** Throughput and latency of the last day, hour by hour. */
export function Charts() {
  const { data, error } = useLive(() => get<Wire<Activity>>('/api/activity'), []);
  const day = data && dayOfWork(data, Date.now());
  return (
    <>
      <Problem error={error?.code === 'UNREACHABLE' ? undefined : error} />
      {day && (
        <div class="charts">
          <figure>
            <figcaption>
              <h2>Throughput</h2>
              <p class="quiet">Images an hour over the last day</p>
            </figcaption>
            <Chart
              times={day.hours}
              format={count}
              series={[
                { label: 'Arrived', values: day.arrived, colour: '--shade-3', kind: 'bars' },
                { label: 'Coloured', values: day.finished, colour: '--stored', kind: 'line' },
              ]}
            />
          </figure>
          <figure>
            <figcaption>
              <h2>Latency</h2>
              <p class="quiet">From arrival to the colour series, by the hour of arrival</p>
            </figcaption>
            <Chart
              times={day.hours}
              format={seconds}
              series={[
                { label: '95th percentile', values: day.p95, colour: '--warn', kind: 'line' },
                { label: 'Median', values: day.median, colour: '--pending', kind: 'line' },
              ]}
            />
          </figure>
          <Figures day={day} />
        </div>
      )}
    </>
  );
}

/** The same in numbers. */
function Figures({ day }: { readonly day: DayOfWork }) {
  const clock = new Intl.DateTimeFormat('en-GB', {
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
  });
  return (
    <details class="figures">
      <summary>The same in numbers</summary>
      <table>
        <thead>
          <tr>
            <th scope="col">Hour from</th>
            <th scope="col">Arrived</th>
            <th scope="col">Coloured</th>
            <th scope="col">Median</th>
            <th scope="col">95th percentile</th>
          </tr>
        </thead>
        <tbody>
          {day.hours.map((hour, index) => (
            <tr key={hour}>
              <th scope="row">{clock.format(new Date(hour * 1000))}</th>
              <td>{count(day.arrived[index] ?? 0)}</td>
              <td>{count(day.finished[index] ?? 0)}</td>
              <td>{latency(day.median[index])}</td>
              <td>{latency(day.p95[index])}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}

const latency = (value: number | null | undefined) => (value == null ? 'none' : seconds(value));
