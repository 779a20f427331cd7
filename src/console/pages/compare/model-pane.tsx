import type { ImageJson, ModelJson, Wire } from '../../../http/api.js';
import { Problem } from '../../shell/problem.js';
import { referenceOf } from './controls.js';
import { Pane, type SharedView } from './pane.js';
import { type OpenPicture, useDrawn, useSight } from './pictures.js';
import type { Look } from './painting.js';

interface ModelPaneProps {
  readonly image: Wire<ImageJson>;
  readonly picture: OpenPicture;
  readonly look: Look;
  readonly view: SharedView;
  readonly onView: (update: (shared: SharedView) => SharedView) => void;
  readonly model: ModelJson;
}

/** The image in the colour of one of several models. */
export function ModelPane({ image, picture, look, view, onView, model }: ModelPaneProps) {
  const reference = referenceOf(model);
  const { seen, error } = useSight(image.id, reference);
  const drawn = useDrawn(picture, reference, seen, look);
  return (
    <div class="model-pane">
      <Pane
        picture={picture.size}
        {...{ view, onView }}
        label={`${model.title} (${reference})`}
        bitmap={drawn?.bitmap}
      >
        {seen?.probability !== undefined && <span>score {seen.probability.toFixed(2)}</span>}
      </Pane>
      <p class="quiet">{model.meaning}</p>
      <Problem error={error} />
    </div>
  );
}
