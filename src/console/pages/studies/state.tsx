import { Icon } from '../../shell/icon.js';
import { stateWords, type State } from './words.js';

/** A state as word and drawing, so that it is told apart without its hue. */
export function StateMark({ state }: { readonly state: State }) {
  return (
    <span class={`state ${state}`}>
      <Icon name={state} />
      {stateWords[state]}
    </span>
  );
}
