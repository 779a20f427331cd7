import '@awesome.me/webawesome/dist/components/tab-group/tab-group.js';
import '@awesome.me/webawesome/dist/components/tab-panel/tab-panel.js';
import '@awesome.me/webawesome/dist/components/tab/tab.js';
import { useState } from 'preact/hooks';
import { useSession } from '../shell/person.js';
import { Problem } from '../shell/problem.js';
import { useTitle } from '../shell/title.js';
import { Difference } from './rules/difference.js';
import { useDraft } from './rules/draft.js';
import { FileNotice, OthersMayChange, Overtaken } from './rules/notices.js';
import { RehearsalPanel } from './rules/rehearsal.js';
import './rules/rules.css';
import { RulesEditor } from './rules/rules-editor.js';
import { Versions } from './rules/versions.js';

interface Compared {
  readonly title: string;
  readonly before: string;
  readonly after: string;
}

export default function Rules() {
  useTitle('Rules');
  const draft = useDraft();
  const session = useSession();
  const mayChange = session?.principal?.role === 'admin';
  const [compared, setCompared] = useState<Compared>();
  const { file, base } = draft;
  return (
    <>
      <h1>Rules</h1>
      {session?.principal?.role === 'viewer' ? (
        <p>Operators may read the rules, and administrators change them.</p>
      ) : (
        <Problem error={draft.error} />
      )}
      {file && base && (
        <div class="rules">
          <section aria-label="Editor">
            <FileNotice file={file} />
            {session && !mayChange && <OthersMayChange />}
            {draft.isOvertaken && (
              <Overtaken
                draft={draft}
                onCompare={() =>
                  setCompared({
                    title: 'What was changed meanwhile',
                    before: base.text,
                    after: file.text,
                  })
                }
              />
            )}
            <RulesEditor
              draft={draft}
              text={base.text}
              mayChange={mayChange}
              onReady={draft.ready}
            />
          </section>
          <wa-tab-group class="beside">
            <wa-tab panel="rehearsal">Rehearsal</wa-tab>
            <wa-tab panel="versions">Versions</wa-tab>
            <wa-tab-panel name="rehearsal">
              <RehearsalPanel text={draft.text} />
            </wa-tab-panel>
            <wa-tab-panel name="versions">
              <Versions
                latest={file.inForce.edition?.id}
                canReturn={mayChange && file.unwritable === undefined}
                onCompare={({ id, text }) =>
                  setCompared({
                    title: `From version ${id} to the text in the editor`,
                    before: text,
                    after: draft.text(),
                  })
                }
                onReturn={(edition) => void draft.returnTo(edition)}
              />
            </wa-tab-panel>
          </wa-tab-group>
        </div>
      )}
      {compared && <Difference {...compared} onClose={() => setCompared(undefined)} />}
    </>
  );
}
