import type { ShownSetting } from '../../http/shown-settings.js';
import { get } from '../shell/api.js';
import { useLive } from '../shell/live.js';
import { useSession } from '../shell/person.js';
import { Problem } from '../shell/problem.js';
import { useStatus } from '../shell/status.js';
import { useTitle } from '../shell/title.js';
import { Audit } from './system/audit.js';
import { Tokens, Users } from './system/people.js';
import './system/system.css';

export default function System() {
  useTitle('System');
  const session = useSession();
  const isAdmin = session?.principal?.role === 'admin';
  return (
    <div class="system">
      <h1>System</h1>
      <Health />
      {isAdmin && (
        <>
          <Users />
          <Tokens />
          <Audit />
          <Settings />
        </>
      )}
      {session && !isAdmin && (
        <p class="quiet">Users, tokens, audit and settings are shown to administrators.</p>
      )}
    </div>
  );
}

function Health() {
  const { data, error } = useStatus();
  if (!data) return <Problem error={error} />;
  const { state, reasons, orthanc, queue, inference, rules } = data;
  const facts: readonly (readonly [string, string])[] = [
    ['Service', [state, ...reasons].join('. ')],
    ['Orthanc', `${orthanc.url}, ${orthanc.reachable ? (orthanc.version ?? 'reachable') : 'away'}`],
    [
      'Queue',
      `${queue.ready} ready, ${queue.delayed} delayed, ${queue.inFlight} in hand, ${queue.dead} dead`,
    ],
    ['Networks', inference ? `${inference.runtime} on ${inference.provider}` : 'on other machines'],
    ['Rules', rules.fault === undefined ? rules.version : `${rules.version}; ${rules.fault}`],
  ];
  return (
    <section aria-labelledby="health">
      <h2 id="health">Health</h2>
      <dl class="facts">
        {facts.map(([term, text]) => (
          <div key={term}>
            <dt>{term}</dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function Settings() {
  const { data, error } = useLive(
    () => get<{ readonly settings: readonly ShownSetting[] }>('/api/settings'),
    [],
  );
  return (
    <section aria-labelledby="settings">
      <h2 id="settings">Settings in force</h2>
      <Problem error={error} />
      <details>
        <summary>{data?.settings.length ?? 0} settings, secrets hidden</summary>
        <table class="rows">
          <thead>
            <tr>
              <th scope="col">Setting</th>
              <th scope="col">Value</th>
              <th scope="col">What it is for</th>
            </tr>
          </thead>
          <tbody>
            {data?.settings.map(({ key, value, description }) => (
              <tr key={key}>
                <th scope="row">{key}</th>
                <td>{value}</td>
                <td>{description}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </section>
  );
}
