/** Where somebody is sent to sign in, and what must come back with him. Secrets stay here. */
export interface Departure {
  readonly url: string;
  readonly state: string;
  readonly nonce: string;
  readonly codeVerifier: string;
}

/** Whom a provider vouches for. */
export interface Vouched {
  readonly name: string;
  /** Values of the claim that roles are made from. */
  readonly values: readonly string[];
}

/** A provider of identities, asked by OpenID Connect: code flow with PKCE, state and nonce. */
export interface OpenIdProvider {
  /** @throws Error when the provider cannot be reached */
  depart(redirectUri: string): Promise<Departure>;
  /** @throws Error when what came back is not what the provider would send to us */
  arrive(returned: URL, departure: Departure): Promise<Vouched>;
}
