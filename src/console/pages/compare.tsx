import { Link } from 'wouter-preact';
import type { ImageJson, ImagePage, ModelJson, Wire } from '../../http/api.js';
import { get } from '../shell/api.js';
import { longTime, shortTime } from '../shell/format.js';
import { useLive } from '../shell/live.js';
import { Problem } from '../shell/problem.js';
import { useTitle } from '../shell/title.js';
import './compare/compare.css';
import { useOpenPicture } from './compare/pictures.js';
import { Workbench } from './compare/workbench.js';

export default function Compare({ imageId }: { readonly imageId: string | undefined }) {
  useTitle('Compare');
  return imageId === undefined ? <Choice /> : <Chosen key={imageId} imageId={imageId} />;
}

/** An image must be chosen first: the latest that were coloured. */
function Choice() {
  const { data, error } = useLive(
    () => get<Wire<ImagePage>>('/api/images', { state: 'stored', limit: 24 }),
    [],
  );
  return (
    <>
      <h1>Compare</h1>
      <p class="quiet">
        Original and colour beside each other, in the colour of any installed model. Choose one of
        the latest coloured images, or open one from <Link href="/studies">Studies</Link>.
      </p>
      <Problem error={error} />
      {data?.images.length === 0 && <p>Nothing was coloured yet.</p>}
      <ul class="choice">
        {data?.images.map((image) => (
          <li key={image.id}>
            <Link href={`/compare/${image.id}`}>
              <img
                src={`/api/images/${image.id}/after.png?width=200`}
                alt=""
                width="150"
                height="180"
                loading="lazy"
              />
              <span>{nameOf(image)}</span>
              <time dateTime={image.arrivedAt} title={longTime(image.arrivedAt)}>
                {shortTime(image.arrivedAt)}
              </time>
            </Link>
          </li>
        ))}
      </ul>
    </>
  );
}

function Chosen({ imageId }: { readonly imageId: string }) {
  const opened = useOpenPicture(imageId);
  const image = useLive(() => get<Wire<ImageJson>>(`/api/images/${imageId}`), [imageId]);
  const known = useLive(() => get<{ readonly models: readonly ModelJson[] }>('/api/models'), []);
  const models = known.data?.models.filter(
    ({ state }) => state === 'active' || state === 'available',
  );
  return (
    <>
      <header class="compare-head">
        <h1>Compare</h1>
        {image.data && <p class="quiet">{nameOf(image.data)}</p>}
        <Link href="/compare">Another image</Link>
      </header>
      <Problem error={image.error ?? known.error} />
      {image.data && models && (
        <Workbench key={imageId} opened={opened} image={image.data} models={models} />
      )}
    </>
  );
}

function nameOf({ summary }: Wire<ImageJson>): string {
  const { Modality, BodyPartExamined, ViewPosition, SeriesDescription } = summary;
  const facts = [Modality, BodyPartExamined, ViewPosition, SeriesDescription];
  return facts.filter((fact) => fact !== undefined).join(' · ') || 'Image';
}
