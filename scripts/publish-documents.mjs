/**
 * Writes the parts of docs/ that are made from the code. Run it after `npm run build`:
 *   node scripts/publish-documents.mjs          writes them
 *   node scripts/publish-documents.mjs --check  names those that are not current, exit code 1
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as prettier from 'prettier';
import { errorKinds } from '../dist/src/domain/errors.js';
import { baselineTables, cardTables, comparison } from '../dist/src/evaluation/card-table.js';
import { httpErrorKinds } from '../dist/src/http/failures.js';
import { openApiDocument } from '../dist/src/http/openapi.js';
import { routeTable } from '../dist/src/http/server.js';

const root = join(import.meta.dirname, '..');
/** As for a pipe: 80 columns, no colours. */
process.stdout.isTTY = false;

function table(head, rows) {
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

const errorTable = table(
  ['code', 'retry', 'exit code', 'what to do'],
  Object.entries(errorKinds).map(([code, { retry, exit, next }]) => [
    `\`${code}\``,
    retry ? 'yes' : 'no',
    exit,
    next,
  ]),
);

const httpTable = table(
  ['code', 'status', 'what to do'],
  Object.entries(httpErrorKinds).map(([code, { status, next }]) => [`\`${code}\``, status, next]),
);

/** What `--help` prints, taken inside this process: starting Node for each command would take a minute. */
async function help(words) {
  const { argv, stdout } = process;
  const { write } = stdout;
  let text = '';
  process.argv = [...argv.slice(0, 2), ...words, '--help'];
  stdout.write = (part) => {
    text += part;
    return true;
  };
  try {
    // The module parses its arguments when it is loaded; a query makes it load anew.
    await import(`../dist/src/cli/main.js?${words.join('-')}`);
  } finally {
    process.argv = argv;
    stdout.write = write;
  }
  return text.trimEnd();
}

/** This command's help and, in order, that of the commands below it. */
async function helpTree(words = []) {
  const text = await help(words);
  const [, list = ''] = text.split(/^Commands:$/m);
  const below = [...list.matchAll(/^ {2}([a-z]+)/gm)].map(([, name]) => name);
  const deeper = below.filter((name) => name !== 'help');
  const chapters = [{ words, text }];
  for (const name of deeper) chapters.push(...(await helpTree([...words, name])));
  return chapters;
}

async function commandLinePage() {
  const chapters = (await helpTree()).map(
    ({ words, text }) =>
      `## ${['colouriser', ...words].join(' ')}\n\n\`\`\`text\n${text}\n\`\`\`\n`,
  );
  return `# Command line

What \`--help\` of each command says; made by \`node scripts/publish-documents.mjs\`. Results go to standard
output, remarks and logs to standard error. A fault is one line and, after an arrow, what to do; with \`--json\`
it is a document with \`outcome\`, \`code\`, \`reason\` and \`next\`. The codes stand in
[operations.md](operations.md#error-codes).

${chapters.join('\n')}`;
}

/** No handler is called, so there need be no service behind the routes. */
const routes = routeTable({});

const apiTable = table(
  ['route', 'least role', 'does', 'refuses with'],
  routes.map(({ method, path, role, summary, refusals = [] }) => [
    `\`${method.toUpperCase()} ${path}\``,
    role,
    summary,
    refusals.map((code) => `\`${code}\``).join(' '),
  ]),
);

const apiPage = `# API

Every route of \`serve\`, made by \`node scripts/publish-documents.mjs\` from the table that the server itself is made
from. What each takes and answers stands in [schemas/openapi.json](../schemas/openapi.json), which a running service
shows at \`GET /api/openapi.json\`. A viewer may look, an operator may set work to work, an admin may change rules, models,
users and tokens; each may do what those before may. Whatever is refused has a stable code:
[operations](operations.md#codes-of-http-alone).

${apiTable}
`;

function between(text, name, content) {
  const begin = `<!-- ${name}: made by scripts/publish-documents.mjs -->`;
  const end = `<!-- end of ${name} -->`;
  const [before, rest] = text.split(begin);
  const [, after] = (rest ?? '').split(end);
  if (after === undefined) throw new Error(`no place for ${name}`);
  return `${before}${begin}\n\n${content}\n\n${end}${after}`;
}

const operations = readFileSync(join(root, 'docs/operations.md'), 'utf8');
const documents = {
  'schemas/openapi.json': JSON.stringify(openApiDocument(routes)),
  'docs/api.md': apiPage,
  'docs/command-line.md': await commandLinePage(),
  'docs/operations.md': between(between(operations, 'errors', errorTable), 'http', httpTable),
};

/** The tables of each card, and of the README, say what `evaluation.json` says. */
function measuredDocuments() {
  const evaluationOf = (name) => {
    const file = join(root, 'models', name, 'evaluation.json');
    return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
  };
  const evidence = evaluationOf('evidence');
  const names = readdirSync(join(root, 'models')).filter((name) =>
    existsSync(join(root, 'models', name, 'card.md')),
  );
  const cards = names.map((name) => {
    const path = `models/${name}/card.md`;
    const own = evaluationOf(name);
    const tables = own ? cardTables(own) : baselineTables(evidence, name);
    return [path, between(readFileSync(join(root, path), 'utf8'), 'figures', tables)];
  });
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  return {
    ...Object.fromEntries(cards),
    'README.md': between(readme, 'comparison', comparison(evidence)),
  };
}
Object.assign(documents, measuredDocuments());

const options = await prettier.resolveConfig(join(root, 'package.json'));
for (const [path, text] of Object.entries(documents)) {
  const formatted = await prettier.format(text, { ...options, filepath: path });
  if (!process.argv.includes('--check')) {
    writeFileSync(join(root, path), formatted);
  } else if (readFileSync(join(root, path), 'utf8') !== formatted) {
    console.error(`${path} is not current: run 'node scripts/publish-documents.mjs'`);
    process.exitCode = 1;
  }
}
