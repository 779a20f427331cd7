import type { ComponentChildren } from 'preact';
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

/** A list with a form below it that adds to it. */
function Register(given: {
  readonly id: string;
  readonly title: string;
  readonly columns: readonly string[];
  readonly error: ApiError | undefined;
  readonly notice?: ComponentChildren;
  readonly rows: ComponentChildren;
  readonly form: { readonly label: string; readonly button: string; readonly role: string };
  readonly fields: ComponentChildren;
  readonly onAdd: (form: HTMLFormElement) => Promise<void>;
}) {
  const { id, title, columns, error, notice, rows, form, fields, onAdd } = given;
  return (
    <section aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      <Problem error={error} />
      {notice}
      <table class="rows">
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{rows}</tbody>
      </table>
      <form
        class="row-form"
        aria-label={form.label}
        onSubmit={(event) => {
          event.preventDefault();
          void onAdd(event.currentTarget);
        }}
      >
        {fields}
        <RoleChoice label={form.role} value="viewer" />
        <button type="submit" class="plain primary">
          {form.button}
        </button>
      </form>
    </section>
  );
}

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
    <Register
      id="users"
      title="Users"
      columns={['Name', 'Role', 'Since', 'Change']}
      error={error ?? known.error}
      rows={known.data?.users.map(({ name, role, createdAt }) => (
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
      form={{ label: 'Add a user', button: 'Add user', role: 'Role of the user' }}
      fields={
        <>
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
        </>
      }
      onAdd={add}
    />
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
    <Register
      id="tokens"
      title="Tokens of programs"
      columns={['Name', 'Role', 'Until', 'Made by', 'Change']}
      error={error ?? known.error}
      notice={
        secret !== undefined && (
          <p role="status">
            Shown this once: <code class="secret">{secret}</code>
          </p>
        )
      }
      rows={known.data?.tokens.map(({ id, name, role, expiresAt, createdBy }) => (
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
      form={{ label: 'Make a token', button: 'Make token for a year', role: 'Role of the token' }}
      fields={
        <label class="field">
          What the token is for
          <input name="name" autocomplete="off" required maxLength={64} />
        </label>
      }
      onAdd={add}
    />
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
