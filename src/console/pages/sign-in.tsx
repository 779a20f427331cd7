import { useEffect, useRef, useState } from 'preact/hooks';
import { type ApiError, asApiError, get, send } from '../shell/api.js';
import type { SessionJson } from '../shell/person.js';
import { Problem } from '../shell/problem.js';
import { useTitle } from '../shell/title.js';
import './system/system.css';

type Way = 'password' | 'token' | 'first';

/** What the service's link brings; behind the hash, so that it is in no log. */
const firstLink = () => new URLSearchParams(location.hash.slice(1)).get('first') ?? '';
/** Why a provider of identities let nobody in. */
const refusal = () => new URLSearchParams(location.hash.slice(1)).get('refused');

export default function SignIn() {
  const [session, setSession] = useState<SessionJson>();
  const [way, setWay] = useState<Way>(firstLink() === '' ? 'password' : 'first');
  const [error, setError] = useState<ApiError>();
  const [isBusy, setBusy] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  useTitle('Sign in');

  useEffect(() => {
    get<SessionJson>('/api/session').then(setSession, (thrown: unknown) => {
      setError(asApiError(thrown));
    });
  }, []);
  useEffect(() => {
    form.current?.querySelector('input')?.focus();
  }, [way]);

  const submit = async () => {
    if (!form.current) return;
    const given = Object.fromEntries(new FormData(form.current));
    setBusy(true);
    setError(undefined);
    try {
      if (way === 'first') {
        await send('POST', '/api/session/first', { link: firstLink(), ...given });
      } else await send('POST', '/api/session', given);
      location.assign(ownAddress(new URLSearchParams(location.search).get('to')));
    } catch (thrown) {
      setError(asApiError(thrown));
      setBusy(false);
    }
  };

  const provider = session?.methods.provider;
  return (
    <div class="sign-in">
      <h1>{way === 'first' ? 'The first administrator' : 'Sign in'}</h1>
      {way === 'first' && (
        <p>Choose a name and a password of at least 12 characters. This link counts once.</p>
      )}
      {refusal() === 'OIDC_NO_ROLE' && (
        <p role="alert">
          You are known, but have no role here. Ask an administrator to give you one.
        </p>
      )}
      {refusal() === 'OIDC_FAILED' && (
        <p role="alert">Signing in elsewhere did not succeed. Try again.</p>
      )}
      <Problem error={error} />
      <form
        ref={form}
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        {way === 'token' ? (
          <Field label="Token" name="token" type="password" complete="off" />
        ) : (
          <>
            <Field label="Name" name="name" type="text" complete="username" />
            <Field
              label="Password"
              name="password"
              type="password"
              complete={way === 'first' ? 'new-password' : 'current-password'}
            />
          </>
        )}
        <button type="submit" class="plain primary" disabled={isBusy}>
          {way === 'first' ? 'Become administrator' : 'Sign in'}
        </button>
      </form>
      {way !== 'first' && (
        <p>
          <button
            type="button"
            class="plain"
            onClick={() => {
              setWay(way === 'token' ? 'password' : 'token');
            }}
          >
            {way === 'token' ? 'Use name and password' : 'Use a token'}
          </button>
        </p>
      )}
      {provider !== undefined && (
        <p>
          <a href="/api/session/provider">Sign in with {provider}</a>
        </p>
      )}
      <p class="quiet">
        <strong>Research software, not for diagnosis.</strong>
      </p>
    </div>
  );
}

/** Never to another site, whatever a link says. */
function ownAddress(to: string | null): string {
  return to !== null && /^\/(?![/\\])/.test(to) ? to : '/';
}

function Field(given: {
  readonly label: string;
  readonly name: string;
  readonly type: string;
  readonly complete: string;
}) {
  const { label, name, type, complete } = given;
  return (
    <label class="field">
      {label}
      <input name={name} type={type} autocomplete={complete} required maxLength={256} />
    </label>
  );
}
