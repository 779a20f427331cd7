import { count } from '../../shell/format.js';
import { useStatus } from '../../shell/status.js';

interface Props {
  readonly filtered: boolean;
  readonly clear: () => void;
}

/** What stands where no row is. */
export function Empty({ filtered, clear }: Props) {
  const { data } = useStatus();
  const waiting = data?.balance.undecided ?? 0;
  return (
    <div class="empty" id="empty">
      {filtered ? (
        <>
          <h2>No image fits this filter</h2>
          <button type="button" class="wa-outlined" onClick={clear}>
            Show all images
          </button>
        </>
      ) : waiting > 0 ? (
        <>
          <h2>{count(waiting)} arrived, not looked at yet</h2>
          <p>They appear here as soon as the rules have decided about them.</p>
        </>
      ) : (
        <>
          <h2>Nothing has arrived yet</h2>
          <p>
            Send a chest radiograph to Orthanc. It appears here within a second, and its colour
            series stands beside it in the same study a moment later.
          </p>
          <pre>curl -X POST {data?.orthanc.url}/instances --data-binary @chest.dcm</pre>
          <p>
            No radiograph at hand? A demonstration with digital phantoms and an Orthanc of its own:
          </p>
          <pre>npm run demo</pre>
        </>
      )}
    </div>
  );
}
