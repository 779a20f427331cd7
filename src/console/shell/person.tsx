import { useEffect, useState } from 'preact/hooks';
import type { Principal } from '../../domain/principal.js';
import { get, send } from './api.js';

/** What the service knows of who is before the screen. */
export interface SessionJson {
  readonly principal?: Principal;
  readonly isOpen: boolean;
  readonly methods: { readonly password: boolean; readonly provider?: string };
}

const askAgainMs = 5000;

/** Undefined before the answer; asked for again while the service is away. */
export function useSession(): SessionJson | undefined {
  const [session, setSession] = useState<SessionJson>();
  useEffect(() => {
    let again: number | undefined;
    let isGone = false;
    const ask = (): void => {
      get<SessionJson>('/api/session').then(setSession, () => {
        if (!isGone) again = window.setTimeout(ask, askAgainMs);
      });
    };
    ask();
    return () => {
      isGone = true;
      window.clearTimeout(again);
    };
  }, []);
  return session;
}

/** Who is signed in, and the way out; nothing where nobody need sign in. */
export function Person() {
  const principal = useSession()?.principal;
  if (!principal || principal.kind === 'machine') return null;
  const leave = async () => {
    await send('DELETE', '/api/session').catch(() => undefined);
    location.assign('/sign-in');
  };
  return (
    <span class="person">
      <span title={`role ${principal.role}`}>{principal.name}</span>
      <button type="button" class="plain" onClick={() => void leave()}>
        Sign out
      </button>
    </span>
  );
}
