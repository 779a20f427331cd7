import type {} from '@awesome.me/webawesome/dist/custom-elements-jsx.d.ts';
import { registerIconLibrary } from '@awesome.me/webawesome/dist/components/icon/library.js';
import { iconAddress } from './icon.js';

/** The elements of the component library that the shell uses; what one page needs alone, it imports itself. */
import '@awesome.me/webawesome/dist/components/button/button.js';
import '@awesome.me/webawesome/dist/components/callout/callout.js';
import '@awesome.me/webawesome/dist/components/dialog/dialog.js';
import '@awesome.me/webawesome/dist/components/switch/switch.js';

/** The library would fetch its icons from elsewhere, or from `data:` addresses, which our policy forbids. */
for (const library of ['default', 'system']) {
  registerIconLibrary(library, { resolver: iconAddress, spriteSheet: true });
}
