import { useStatus } from '../shell/status.js';
import { useTitle } from '../shell/title.js';
import { DailyBalance } from './today/balance.js';
import { Charts } from './today/charts.js';
import './today/today.css';
import { Vitals } from './today/vitals.js';

/** The first page: is all well, what came in, and how quickly it was done. */
export default function Today() {
  useTitle('Today');
  const { data } = useStatus();
  return (
    <div class="today">
      <h1 class="unseen">Today</h1>
      {data ? (
        <>
          <Vitals status={data} />
          <DailyBalance daily={data.daily} />
        </>
      ) : (
        <p class="quiet">Asking the service</p>
      )}
      <Charts />
    </div>
  );
}
