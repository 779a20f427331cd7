import type { ApiError } from './api.js';

/** A refusal or a fault, as a person may read it: what happened, what to do, and the code for whoever helps. */
export function Problem({ error }: { readonly error: ApiError | undefined }) {
  if (error === undefined) return null;
  return (
    <wa-callout variant="danger" class="problem" role="alert">
      <strong>{error.message}</strong> {error.next} <code>{error.code}</code>
    </wa-callout>
  );
}
