import { useEffect, useRef, useState } from 'preact/hooks';
import { useLocation } from 'wouter-preact';
import { announce } from '../shell/announce.js';
import { get } from '../shell/api.js';
import { useKeys } from '../shell/keys.js';
import { useLive } from '../shell/live.js';
import { Problem } from '../shell/problem.js';
import { useStatus, type Status } from '../shell/status.js';
import { useTitle } from '../shell/title.js';
import { Detail } from './studies/detail.js';
import { Empty } from './studies/empty.js';
import { isFiltered, searchOf, useFilter } from './studies/filter.js';
import { SearchForm, StateFilter } from './studies/filters.js';
import { useImageList } from './studies/image-list.js';
import { Legend } from './studies/legend.js';
import './studies/detail.css';
import { PatientSearch, useFound, type Terms } from './studies/patient-search.js';
import './studies/studies.css';
import { focusedImage, focusRow, ImageTable } from './studies/table.js';
import { kindOfImage, type Image } from './studies/words.js';

/** What arrived and what became of it: a list, and one image beside it. */
export default function Studies({ imageId }: { readonly imageId: string | undefined }) {
  const [filter, change] = useFilter();
  const [, navigate] = useLocation();
  const all = useImageList(filter);
  const [terms, setTerms] = useState<Terms>();
  const found = useFound(terms, filter);
  const list = terms ? found : all;
  const { data: status, reload } = useStatus();
  const selected = useSelected(imageId, list.images);
  const { image } = selected;
  useTitle(image ? kindOfImage(image) : 'Studies');

  const search = searchOf(filter);
  const addressOf = (id: string) => `/studies/${encodeURIComponent(id)}${search}`;
  const close = () => {
    if (imageId !== undefined) navigate(`/studies${search}`);
  };
  const step = (by: 1 | -1) => {
    const { images } = list;
    const from = images.findIndex(({ id }) => id === (imageId ?? focusedImage()));
    const to = images[from < 0 ? 0 : Math.min(images.length - 1, Math.max(0, from + by))];
    if (!to) return;
    if (from + by >= images.length - 5) void list.showOlder();
    if (imageId !== undefined) navigate(addressOf(to.id));
    focusRow(to.id);
  };
  useFocusOfLastRow(imageId);
  useKeys([
    { keys: ['j', 'ArrowDown'], shown: 'J ↓', does: 'Older image', act: () => step(1) },
    { keys: ['k', 'ArrowUp'], shown: 'K ↑', does: 'Newer image', act: () => step(-1) },
    { keys: ['/'], shown: '/', does: 'Find by UID', act: focusSearch },
    { keys: ['Escape'], shown: 'Esc', does: 'Close the image', act: close },
  ]);

  const model = modelOf(status, image);
  return (
    <div class={imageId === undefined ? 'studies' : 'studies has-detail'}>
      <h1 id="list-title" class="unseen">
        Studies: what arrived and what became of it
      </h1>
      <section class="list" aria-labelledby="list-title">
        <StateFilter filter={filter} change={change} />
        <SearchForm filter={filter} change={change} />
        <PatientSearch terms={terms} found={found} search={setTerms} />
        <div class="scroll" id="images" tabIndex={-1}>
          <Problem error={list.error?.code === 'UNREACHABLE' ? undefined : list.error} />
          <ImageTable list={list} selected={imageId} addressOf={addressOf} />
          {list.isKnown && list.images.length === 0 && (
            <Empty
              filtered={terms !== undefined || isFiltered(filter)}
              clear={() => {
                setTerms(undefined);
                navigate('/studies');
              }}
            />
          )}
        </div>
      </section>
      <section class="side" id="side" aria-label="Picture and legend" tabIndex={-1}>
        {image && (
          <Detail
            key={`${image.id} ${image.output === undefined ? 'grey' : 'colour'}`}
            image={image}
            model={model}
            compareHref={`/compare/${encodeURIComponent(image.id)}`}
            onClose={close}
            onStep={step}
            onDone={() => void Promise.all([selected.reload(), list.reload(), reload()])}
          />
        )}
        <Legend model={model} look={image ?? {}} />
      </section>
    </div>
  );
}

/** From the list at once, then as it is. A skipped arrival that is decided again has no row until then. */
function useSelected(id: string | undefined, images: readonly Image[]) {
  const [, navigate] = useLocation();
  const { data, error, reload } = useLive(
    () =>
      id === undefined
        ? Promise.resolve(undefined)
        : get<Image>(`/api/images/${encodeURIComponent(id)}`),
    [id],
  );
  const isGone = error?.code === 'NOT_FOUND';
  useEffect(() => {
    if (isGone) navigate('/studies', { replace: true });
  }, [isGone]);
  const isOpen = id !== undefined;
  useEffect(() => {
    if (!isOpen) return;
    document.getElementById('side')?.scrollTo(0, 0);
    announce('Image opened');
  }, [id]);
  const known = data?.id === id ? data : images.find((image) => image.id === id);
  return { image: isOpen && !isGone ? known : undefined, reload };
}

/** Who closes an image goes on from its row. */
function useFocusOfLastRow(id: string | undefined): void {
  const last = useRef(id);
  useEffect(() => {
    if (id === undefined && last.current !== undefined) focusRow(last.current);
    last.current = id;
  }, [id]);
}

function focusSearch(): void {
  document.getElementById('uid')?.focus();
}

/** The version that coloured it, else what is there under its name; of no image the one that rules take. */
function modelOf(status: Status | undefined, image: Image | undefined) {
  const models = status?.models ?? [];
  if (image?.model === undefined) return models.find((each) => each.default);
  return (
    models.find(({ name, version }) => name === image.model && version === image.modelVersion) ??
    models.find(({ name }) => name === image.model)
  );
}
