import sprite from '../icons.svg?no-inline';

/** The address of a drawing of the sprite, for our own icons and for those of the component library. */
export const iconAddress = (name: string): string => `${sprite}#${name}`;

/** A drawing of `icons.svg`; decoration only, the words beside it carry the meaning. */
export function Icon({ name }: { readonly name: string }) {
  return (
    <svg class={`icon icon-${name}`} aria-hidden="true">
      <use href={iconAddress(name)} />
    </svg>
  );
}
