import type { Draft, State } from './draft.js';

/** Which file it is, and why it cannot be written if so. */
export function FileNotice({ file }: { readonly file: State }) {
  return (
    <>
      <p class="quiet">
        <code>{file.file}</code>, in force: version <code>{file.inForce.version}</code>
      </p>
      {file.unwritable !== undefined && (
        <wa-callout variant="warning">
          The file cannot be written: {file.unwritable}. Edit it where it comes from, or let{' '}
          <code>rules.file</code> name one in a folder that the service may write. You can still
          check and rehearse here.
        </wa-callout>
      )}
    </>
  );
}

/** For those whom the service would refuse. */
export function OthersMayChange() {
  return (
    <wa-callout variant="neutral">
      Administrators may change the rules. You can read, check and rehearse here; nothing of it is
      saved.
    </wa-callout>
  );
}

/** Somebody else was first. */
export function Overtaken({
  draft: { file, giveUp, goOn },
  onCompare,
}: {
  readonly draft: Draft;
  readonly onCompare: () => void;
}) {
  const edition = file?.inForce.edition;
  const isKnown = edition?.textHash === file?.textHash;
  const who = isKnown && edition?.by !== undefined ? `by ${edition.by}` : 'in their file';
  return (
    <wa-callout variant="warning" role="alert" class="overtaken">
      <p>
        <strong>The rules were changed {who} since you began.</strong> Your edit is still here and
        is not saved.
      </p>
      <div class="toolbar">
        <button type="button" onClick={onCompare}>
          See what was changed
        </button>
        <button type="button" onClick={goOn}>
          Keep my edit in its place
        </button>
        <button type="button" onClick={giveUp}>
          Give my edit up
        </button>
      </div>
    </wa-callout>
  );
}
