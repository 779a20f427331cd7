import { useState } from 'preact/hooks';
import type { ImageDecision, Wire } from '../../../http/api.js';
import { get } from '../../shell/api.js';
import { longTime } from '../../shell/format.js';
import { useLive } from '../../shell/live.js';
import { Problem } from '../../shell/problem.js';

type Decision = Wire<ImageDecision>;
type Node = NonNullable<Decision['explanation']>;

/** Why the rules decided as they did, as of then: every clause with what it read. Asked for when it is opened. */
export function WhyDecided({ imageId }: { readonly imageId: string }) {
  const [open, setOpen] = useState(false);
  return (
    <details class="why" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>Why, clause by clause</summary>
      {open && <Tree imageId={imageId} />}
    </details>
  );
}

function Tree({ imageId }: { readonly imageId: string }) {
  const { data, error } = useLive(
    () => get<Decision>(`/api/images/${encodeURIComponent(imageId)}/decision`),
    [imageId],
  );
  if (!data) return <Problem error={error} />;
  return (
    <>
      <p>{data.reason}</p>
      {data.explanation ? (
        <ul class="clauses">
          <Clause node={data.explanation} />
        </ul>
      ) : (
        <p class="quiet">No rule was asked about this image.</p>
      )}
      {data.shortened === true && (
        <p class="quiet">Clauses of rules that did not decide are left out.</p>
      )}
      {data.decidedAt !== undefined && <p class="quiet">Decided {longTime(data.decidedAt)}</p>}
    </>
  );
}

function Clause({ node }: { readonly node: Node }) {
  return (
    <li>
      <span class={`truth ${node.truth}`}>{node.truth}</span> {node.text}
      {node.kind === 'clause' ? (
        <Reading read={node.read} />
      ) : (
        node.parts.length > 0 && (
          <ul>
            {node.parts.map((part, index) => (
              <Clause key={`${index} ${part.text}`} node={part} />
            ))}
          </ul>
        )
      )}
    </li>
  );
}

function Reading({ read }: { readonly read: Extract<Node, { kind: 'clause' }>['read'] }) {
  const { state, values, withheld } = read;
  const words = withheld ? 'withheld' : state === 'present' ? values.join('\\') : state;
  return words === '' ? null : <small class="read"> read: {words}</small>;
}
