import { snippet } from '@codemirror/autocomplete';
import type { EditorView } from '@codemirror/view';

interface Template {
  readonly id: string;
  /** For people: what the rule does. */
  readonly does: string;
  /** A rule at the indent of a list of rules; `${…}` are the places to fill in, by Tab. */
  readonly rule: string;
}

/** Rules for those who do not know YAML. */
export const templates: readonly Template[] = [
  {
    id: 'adults',
    does: 'Leave children out',
    rule: `- name: \${children}
  when: { age: { range: { to: \${17Y} } } }
  skip: '\${a child}'
`,
  },
  {
    id: 'phantoms',
    does: 'Leave phantoms and tests out',
    rule: `- name: \${phantoms}
  when:
    any:
      - { QualityControlSubject: 'YES' }
      - { PatientName.family: { matches: '\${^(test|phantom|qa)}' } }
  skip: '\${not a patient}'
`,
  },
  {
    id: 'old',
    does: 'Leave old studies out',
    rule: `- name: \${old}
  when: { StudyDate: { range: { to: today-\${90}d } } }
  skip: '\${an old study}'
`,
  },
  {
    id: 'description',
    does: 'Colour by a word in the description',
    rule: `- name: \${by-description}
  when:
    Modality: [CR, DX]
    StudyDescription: { matches: '\${chest|thorax}' }
  colourise: { palette: \${magenta} }
`,
  },
  {
    id: 'sender',
    does: 'Colour what one sender sends, first',
    rule: `- name: \${emergency}
  when: { arrival: { remoteAE: [\${ER_CR1}] }, BodyPartExamined: CHEST }
  colourise: { palette: \${magenta} }
  priority: 9
`,
  },
  {
    id: 'night',
    does: 'Colour outside working hours only',
    rule: `- name: \${at-night}
  when: { BodyPartExamined: CHEST }
  colourise: {}
  offHours: { from: '\${19:00}', to: '\${07:00}', weekends: true }
`,
  },
  {
    id: 'sample',
    does: 'Try a palette on a share of all studies',
    rule: `- name: \${trial}
  when: { BodyPartExamined: CHEST, sample: { percent: \${10}, of: study } }
  colourise: { palette: \${amber} }
`,
  },
  {
    id: 'looks',
    does: 'Leave the verdict to the picture where tags say nothing',
    rule: `- name: \${by-its-looks}
  when:
    Modality: [CR, DX]
    BodyPartExamined: CHEST
  recognise: true
  colourise: {}
`,
  },
];

/** Puts a rule before the one at the cursor, and selects what is to be filled in. */
export function insertTemplate(view: EditorView, id: string): void {
  const template = templates.find((each) => each.id === id);
  if (!template) return;
  const { doc, selection } = view.state;
  const rules: { from: number; indent: string }[] = [];
  for (let n = 1; n <= doc.lines; n++) {
    const { from, text } = doc.line(n);
    const [, indent] = /^( *)- name:/.exec(text) ?? [];
    if (indent !== undefined) rules.push({ from, indent });
  }
  const at = rules.filter(({ from }) => from <= selection.main.head).at(-1) ?? rules[0];
  const from = at?.from ?? doc.length;
  const lead = at || /^\s*rules:/m.test(doc.toString()) ? '' : 'rules:\n';
  const indent = at?.indent ?? '  ';
  const lines = template.rule.trimEnd().split('\n');
  const text = `${lead}${lines.map((line) => indent + line).join('\n')}\n`;
  view.focus();
  view.dispatch({ selection: { anchor: from }, scrollIntoView: true });
  // A snippet indents what comes behind its first line like the line that it is put into: that one is empty now.
  view.dispatch({ changes: { from, insert: '\n' }, selection: { anchor: from } });
  snippet(text.trimEnd())(view, null, from, from);
}
