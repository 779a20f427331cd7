import { memo } from 'preact/compat';
import { useEffect, useRef } from 'preact/hooks';
import { Link } from 'wouter-preact';
import { longTime, shortTime } from '../../shell/format.js';
import { Identifier } from './identifier.js';
import type { ImageList } from './image-list.js';
import { StateMark } from './state.js';
import { kindOfImage, took, whatHappened, type Image } from './words.js';

interface Props {
  readonly list: ImageList;
  readonly selected: string | undefined;
  readonly addressOf: (id: string) => string;
}

/** The images, newest first; older ones come while one scrolls. */
export function ImageTable({ list, selected, addressOf }: Props) {
  const older = useRef<HTMLButtonElement>(null);
  const latest = useRef(list);
  latest.current = list;
  useEffect(() => {
    const button = older.current;
    if (!button) return;
    const seen = new IntersectionObserver((entries) => {
      if (entries.some(({ isIntersecting }) => isIntersecting)) void latest.current.showOlder();
    });
    seen.observe(button);
    return () => {
      seen.disconnect();
    };
    // Observed anew after each page: the button may still be in sight.
  }, [list.images.length, list.next]);
  return (
    <>
      <table>
        <caption class="unseen">Images, newest first</caption>
        <thead>
          <tr>
            <th scope="col">Arrived</th>
            <th scope="col">Image</th>
            <th scope="col">State</th>
            <th scope="col">What happened</th>
            <th scope="col" class="number">
              Took
            </th>
            <th scope="col" class="uid-cell">
              Instance UID
            </th>
          </tr>
        </thead>
        <tbody id="rows">
          {list.images.map((image) => (
            <Row
              key={image.id}
              image={image}
              isSelected={image.id === selected}
              address={addressOf(image.id)}
            />
          ))}
        </tbody>
      </table>
      {list.next !== undefined && (
        <p class="more">
          <button type="button" id="older" ref={older} onClick={() => list.showOlder()}>
            Show older images
          </button>
        </p>
      )}
    </>
  );
}

interface RowProps {
  readonly image: Image;
  readonly isSelected: boolean;
  readonly address: string;
}

const Row = memo(ImageRow, (before, after) => {
  const { image, ...rest } = before;
  return (
    rest.isSelected === after.isSelected &&
    rest.address === after.address &&
    (image === after.image || JSON.stringify(image) === JSON.stringify(after.image))
  );
});

function ImageRow({ image, isSelected, address }: RowProps) {
  const description = image.summary['SeriesDescription'];
  const uid = image.source?.SOPInstanceUID;
  return (
    <tr class={isSelected ? 'selected' : undefined} data-id={image.id} onClick={followLink}>
      <td class="time">
        <time dateTime={image.arrivedAt} title={longTime(image.arrivedAt)}>
          {shortTime(image.arrivedAt)}
        </time>
      </td>
      <td class="kind">
        <Link href={address} aria-current={isSelected}>
          {kindOfImage(image)}
        </Link>
        {description !== undefined && <small title={description}>{description}</small>}
      </td>
      <td>
        <StateMark state={image.state} />
      </td>
      <td class="story">
        <span title={whatHappened(image)}>{whatHappened(image)}</span>
        <small>{image.rule === '' ? 'no rule' : image.rule}</small>
      </td>
      <td class="number">{took(image)}</td>
      <td class="uid-cell">
        {uid === undefined ? 'none' : <Identifier value={uid} name="SOPInstanceUID" short />}
      </td>
    </tr>
  );
}

/** A click anywhere on a row follows its link, unless text was being selected. */
function followLink(event: MouseEvent): void {
  const row = event.currentTarget as HTMLElement;
  const target = event.target as HTMLElement;
  if (target.closest('a, button') || window.getSelection()?.toString()) return;
  row.querySelector('a')?.click();
}

/** The row keeps the focus while its content changes. */
export function focusRow(id: string): void {
  const row = document.querySelector(`tr[data-id="${CSS.escape(id)}"]`);
  row?.querySelector('a')?.focus({ preventScroll: true });
  row?.scrollIntoView({ block: 'nearest' });
}

/** The image whose row has the focus. */
export const focusedImage = (): string | undefined =>
  document.activeElement?.closest('tr')?.dataset['id'];
