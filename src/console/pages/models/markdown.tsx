import { type Token, type Tokens, marked } from 'marked';
import type { ComponentChildren } from 'preact';

interface MarkdownProps {
  readonly text: string;
  /** The address of a picture that the text names. */
  readonly pictureOf: (name: string) => string;
}

/**
 * A card as its maker wrote it. Made of elements, never of text that is taken for HTML: a card may come from a stranger.
 * Its links lead nowhere, as they are meant for the place where the card lies.
 */
export function Markdown({ text, pictureOf }: MarkdownProps) {
  return <div class="card-text">{blocks(marked.lexer(text), pictureOf)}</div>;
}

type PictureOf = MarkdownProps['pictureOf'];

function blocks(tokens: readonly Token[], pictureOf: PictureOf): ComponentChildren {
  return tokens.map((token, index) => <Block key={index} {...{ token, pictureOf }} />);
}

function Block({ token, pictureOf }: { readonly token: Token; readonly pictureOf: PictureOf }) {
  switch (token.type) {
    case 'heading':
      // The page has the first three levels.
      return <h4>{inline(token.tokens ?? [], pictureOf)}</h4>;
    case 'paragraph':
    case 'text':
      return <p>{inline(token.tokens ?? [token], pictureOf)}</p>;
    case 'list':
      return <List list={token as Tokens.List} pictureOf={pictureOf} />;
    case 'table':
      return <Table table={token as Tokens.Table} pictureOf={pictureOf} />;
    case 'code':
      return <pre tabIndex={0}>{(token as Tokens.Code).text}</pre>;
    case 'blockquote':
      return <blockquote>{blocks(token.tokens ?? [], pictureOf)}</blockquote>;
    case 'hr':
      return <hr />;
    default:
      return null;
  }
}

function List({ list, pictureOf }: { readonly list: Tokens.List; readonly pictureOf: PictureOf }) {
  const items = list.items.map((item, index) => (
    <li key={index}>
      {item.tokens.map((token, at) =>
        token.type === 'text' ? (
          <span key={at}>{inline((token as Tokens.Text).tokens ?? [token], pictureOf)}</span>
        ) : (
          <Block key={at} {...{ token, pictureOf }} />
        ),
      )}
    </li>
  ));
  return list.ordered ? <ol>{items}</ol> : <ul>{items}</ul>;
}

function Table({
  table,
  pictureOf,
}: {
  readonly table: Tokens.Table;
  readonly pictureOf: PictureOf;
}) {
  const hasHead = table.header.some(({ text }) => text !== '');
  return (
    <div class="scroll" tabIndex={0} role="group" aria-label="A table of the card">
      <table>
        {hasHead && (
          <thead>
            <tr>
              {table.header.map((cell, index) =>
                cell.text === '' ? (
                  <td key={index} />
                ) : (
                  <th key={index} scope="col">
                    {inline(cell.tokens, pictureOf)}
                  </th>
                ),
              )}
            </tr>
          </thead>
        )}
        <tbody>
          {table.rows.map((row, at) => (
            <tr key={at}>
              {row.map((cell, index) => (
                <td key={index}>{inline(cell.tokens, pictureOf)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function inline(tokens: readonly Token[], pictureOf: PictureOf): ComponentChildren {
  return tokens.map((token, index) => <Inline key={index} {...{ token, pictureOf }} />);
}

function Inline({ token, pictureOf }: { readonly token: Token; readonly pictureOf: PictureOf }) {
  switch (token.type) {
    case 'strong':
      return <strong>{inline(token.tokens ?? [], pictureOf)}</strong>;
    case 'em':
      return <em>{inline(token.tokens ?? [], pictureOf)}</em>;
    case 'codespan':
      return <code>{(token as Tokens.Codespan).text}</code>;
    case 'link':
      return <>{inline(token.tokens ?? [], pictureOf)}</>;
    case 'image': {
      const { href, text } = token as Tokens.Image;
      return <img src={pictureOf(href)} alt={text} loading="lazy" />;
    }
    case 'br':
      return <br />;
    case 'html':
      return null;
    default:
      return <>{plain(token)}</>;
  }
}

/** Words as they are read: the lexer leaves entities alone. */
function plain(token: Token): string {
  const text = 'text' in token ? String(token.text) : token.raw;
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');
}
