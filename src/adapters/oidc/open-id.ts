import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  calculatePKCECodeChallenge,
  type Configuration,
  discovery,
  fetchUserInfo,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
} from 'openid-client';
import type { OpenIdProvider } from '../../ports/open-id.js';

export interface OpenIdOptions {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret?: string;
  readonly scope: string;
  readonly nameClaim: string;
  readonly roleClaim: string;
}

/** Of each question to the provider. */
const timeoutSeconds = 10;

/** Asks for the provider's own description when it is first needed, and again after a failure. */
export function createOpenIdProvider(options: OpenIdOptions): OpenIdProvider {
  const { issuer, clientId, clientSecret, scope, nameClaim, roleClaim } = options;
  let known: Promise<Configuration> | undefined;
  const configuration = () => {
    known ??= discovery(new URL(issuer), clientId, clientSecret, undefined, {
      timeout: timeoutSeconds,
      // Without TLS only on this machine: the settings take no other such address.
      ...(issuer.startsWith('http:') ? { execute: [allowInsecureRequests] } : {}),
    });
    known.catch(() => {
      known = undefined;
    });
    return known;
  };

  return {
    async depart(redirectUri) {
      const [state, nonce, codeVerifier] = [randomState(), randomNonce(), randomPKCECodeVerifier()];
      const url = buildAuthorizationUrl(await configuration(), {
        redirect_uri: redirectUri,
        scope,
        state,
        nonce,
        code_challenge: await calculatePKCECodeChallenge(codeVerifier),
        code_challenge_method: 'S256',
      });
      return { url: url.href, state, nonce, codeVerifier };
    },
    async arrive(returned, { state, nonce, codeVerifier }) {
      const config = await configuration();
      const tokens = await authorizationCodeGrant(config, returned, {
        pkceCodeVerifier: codeVerifier,
        expectedState: state,
        expectedNonce: nonce,
        idTokenExpected: true,
      });
      const own = tokens.claims();
      if (!own) throw new Error('no ID token');
      const isTold = nameClaim in own && roleClaim in own;
      const more = isTold ? {} : await fetchUserInfo(config, tokens.access_token, own.sub);
      const claims: Readonly<Record<string, unknown>> = { ...own, ...more };
      const name = claims[nameClaim];
      return {
        name: typeof name === 'string' ? name : own.sub,
        values: [claims[roleClaim]].flat().filter((value) => typeof value === 'string'),
      };
    },
  };
}
