import { useState } from 'preact/hooks';
import { roles, type Role } from '../../../domain/principal.js';
import type { Wire } from '../../../http/api.js';
import type { Token, User } from '../../../ports/accounts.js';
import { announce } from '../../shell/announce.js';
import { type ApiError, asApiError, get, send } from '../../shell/api.js';
import { shortTime } from '../../shell/format.js';
import { useLive } from '../../shell/live.js';
import { Problem } from '../../shell/problem.js';

/** Runs a change, says what came of it, and asks again. */
function useChange(reload: () => Promise<unknown>) {
  const [error, setError] = useState<ApiError>();
  const change = async <T,>(done: string, act: () => Promise<T>): Promise<T | undefined> => {
    setError(undefined);
    try {
      const answer = await act();
      announce(done);
      await reload();
      return answer;
    } catch (thrown) {
      setError(asApiError(thrown));
      return undefined;
    }
  };
  return { error, change };
}

const formText = (data: FormData, name: string) => {
  const value = data.get(name);
  return typeof value === 'string' ? value : '';
};

export function Users() {
  const known = useLive(() => get<{ readonly users: readonly Wire<User>[] }>('/api/users'), []);
  const { error, change } = useChange(known.reload);
  const add = async (form: HTMLFormElement) => {
    const data = new FormData(form);
    const name = formText(data, 'name');
    const body = { name, role: formText(data, 'role'), password: formText(data, 'password') };
    const added = await change(`${name} is added`, () => send('POST', '/api/users', body));
    if (added !== undefined) form.reset();
  };
  return (
    <section aria-labelledby="users">
      <h2 id="users">Users</h2>
      <Problem error={error ?? known.error} />
      <table class="rows">
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">Role</th>
            <th scope="col">Since</th>
            <th scope="col">Change</th>
          </tr>
        </thead>
        <tbody>
          {known.data?.users.map(({ name, role, createdAt }) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>
                <RoleChoice
                  label={`Role of ${name}`}
                  value={role}
                  onChange={(chosen) =>
                    void change(`${name} is ${chosen} now`, () =>
                      send('PATCH', `/api/users/${name}`, { role: chosen }),
                    )
                  }
                />
              </td>
              <td>{shortTime(createdAt)}</td>
              <td>
                <button
                  type="button"
                  class="plain"
                  onClick={() =>
                    void change(`${name} is removed`, () => send('DELETE', `/api/users/${name}`))
                  }
                >
                  Remove {name}
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <form
        class="row-form"
        aria-label="Add a user"
        onSubmit={(event) => {
          event.preventDefault();
          void add(event.currentTarget);
        }}
      >
        <label class="field">
          Name of the user
          <input name="name" autocomplete="off" required maxLength={64} />
        </label>
        <label class="field">
          Password, at least 12 characters
          <input
            name="password"
            type="password"
            autocomplete="new-password"
            required
            minLength={12}
          />
        </label>
        <RoleChoice label="Role of the user" value="viewer" />
        <button type="submit" class="plain primary">
          Add user
        </button>
      </form>
    </section>
  );
}

export function Tokens() {
  const known = useLive(() => get<{ readonly tokens: readonly Wire<Token>[] }>('/api/tokens'), []);
  const { error, change } = useChange(known.reload);
  const [secret, setSecret] = useState<string>();
  const add = async (form: HTMLFormElement) => {
    const data = new FormData(form);
    const body = { name: formText(data, 'name'), role: formText(data, 'role'), days: 365 };
    const made = await change('The token is made', () =>
      send<{ readonly secret: string }>('POST', '/api/tokens', body),
    );
    setSecret(made?.secret);
    if (made) form.reset();
  };
  return (
    <section aria-labelledby="tokens">
      <h2 id="tokens">Tokens of programs</h2>
      <Problem error={error ?? known.error} />
      {secret !== undefined && (
        <p role="status">
          Shown this once: <code class="secret">{secret}</code>
        </p>
      )}
      <table class="rows">
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">Role</th>
            <th scope="col">Until</th>
            <th scope="col">Made by</th>
            <th scope="col">Change</th>
          </tr>
        </thead>
        <tbody>
          {known.data?.tokens.map(({ id, name, role, expiresAt, createdBy }) => (
            <tr key={id}>
              <th scope="row">{name}</th>
              <td>{role}</td>
              <td>{expiresAt === undefined ? 'no end' : shortTime(expiresAt)}</td>
              <td>{createdBy}</td>
              <td>
                <button
                  type="button"
                  class="plain"
                  onClick={() =>
                    void change(`${name} counts no more`, () => send('DELETE', `/api/tokens/${id}`))
                  }
                >
                  Revoke {name}
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <form
        class="row-form"
        aria-label="Make a token"
        onSubmit={(event) => {
          event.preventDefault();
          void add(event.currentTarget);
        }}
      >
        <label class="field">
          What the token is for
          <input name="name" autocomplete="off" required maxLength={64} />
        </label>
        <RoleChoice label="Role of the token" value="viewer" />
        <button type="submit" class="plain primary">
          Make token for a year
        </button>
      </form>
    </section>
  );
}

function RoleChoice(given: {
  readonly label: string;
  readonly value: Role;
  readonly onChange?: (role: Role) => void;
}) {
  const { label, value, onChange } = given;
  return (
    <select
      name="role"
      aria-label={label}
      value={value}
      onChange={(event) => onChange?.(event.currentTarget.value as Role)}
    >
      {roles.map((role) => (
        <option key={role} value={role}>
          {role}
        </option>
      ))}
    </select>
  );
}
