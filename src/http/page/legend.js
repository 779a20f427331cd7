/** @import { ServiceStatus, Wire } from '../api.js' */
/** @import { Appearance } from '../../domain/job.js' */
/** @typedef {Wire<ServiceStatus>['models'][number]} Model */
/** How an image was drawn; what is absent is as usual. @typedef {Partial<Appearance>} Look */
import { byId, element } from './element.js';

/** Hue angles of the palettes in CIE L*a*b* (D65), degrees. */
const hues = { magenta: 320, amber: 70, blue: 270 };
/** Full chroma that all three hues reach at every lightness drawn here. */
const fullChroma = 25;
const [brightest, darkest] = [78, 22];

const tintWords = 'Pleasing tint without medical meaning';

/**
 * @param {Model | undefined} model undefined before anything is known
 * @param {Look} [look]
 */
export function showLegend(model, look = {}) {
  const { palette, strength, contours, display } = look;
  const key = JSON.stringify([model?.name, model?.kind, palette, strength, contours, display]);
  const legend = byId('legend');
  if (legend.dataset['key'] === key) return;
  legend.dataset['key'] = key;
  legend.replaceChildren(
    ...(model?.kind === 'ab' ? tintLegend(model) : evidenceLegend(look, model)),
  );
}

/** Under every coloured picture: the shortest true sentence about its colour. @param {Model | undefined} model @param {Look} look */
export function colourKey(model, { palette = 'magenta', strength = 1, contours = [] }) {
  if (model?.kind === 'ab') {
    return element('p', { class: 'colour-key warning' }, tintWords);
  }
  const strip = element('canvas', { width: 160, height: 12, 'aria-hidden': 'true' });
  drawRamp(strip, hues[palette], strength, contours);
  return element(
    'p',
    { class: 'colour-key' },
    strip,
    `${palette[0]?.toUpperCase()}${palette.slice(1)}: ${shownBy(model)}. `,
    element('strong', {}, 'Grey does not mean normal.'),
  );
}

/** What the model says its colour shows. @param {Model | undefined} model */
function shownBy(model) {
  const title = model?.title ?? 'Evidence of opacity';
  return `${title[0]?.toLowerCase() ?? ''}${title.slice(1)}`;
}

/** @param {Look} look @param {Model | undefined} model */
function evidenceLegend({ palette = 'magenta', strength = 1, contours = [], display }, model) {
  const ramp = element('canvas', {
    width: 480,
    height: 96,
    role: 'img',
    'aria-label': `Ramp from grey to ${palette}: colour grows with the evidence, brightness stays`,
  });
  drawRamp(ramp, hues[palette], strength, contours);
  return [
    element('h2', { id: 'legend-title' }, 'What the colour means'),
    element(
      'figure',
      { class: 'ramp' },
      ramp,
      element(
        'figcaption',
        {},
        element('span', {}, 'no evidence found'),
        element('span', {}, 'full evidence'),
      ),
    ),
    element(
      'ul',
      { class: 'meanings' },
      meaning(
        `Colour marks ${shownBy(model)}`,
        `${model?.meaning ?? ''} The more ${palette}, the more of it. There is only one hue; only its strength speaks.`,
      ),
      meaning(
        'Brightness is the original',
        display === 'gsdf'
          ? 'On displays calibrated to PS3.14 every pixel keeps the luminance of the radiograph; on this one it may drift.'
          : 'Every pixel keeps the lightness of the radiograph. Colour hides nothing and sharpens nothing.',
      ),
      ...(contours.length > 0
        ? [
            meaning(
              'Lines join places of equal evidence',
              `They stand at ${contours.join(', ')} of full evidence, the innermost highest, and cover what lies beneath them. They are no outlines of disease.`,
            ),
          ]
        : []),
      meaning(
        'Grey does not mean normal',
        'Where there is no colour the network found no evidence. It misses disease, and knows nothing but opacity: not the heart, not bone, not lines.',
        'warning',
      ),
      meaning(
        'Not for diagnosis',
        'Research software. No reader study of learned colour on chest radiographs is known. The original stands beside it, unchanged.',
        'warning',
      ),
    ),
  ];
}

/** @param {Model} model */
function tintLegend(model) {
  return [
    element('h2', { id: 'legend-title' }, 'What the colour means'),
    element('p', { class: 'tint-label' }, tintWords),
    element(
      'ul',
      { class: 'meanings' },
      meaning(
        'The colour says nothing about disease',
        `${model.name} learnt colour from photographs. It tints healthy and diseased lungs alike.`,
        'warning',
      ),
      meaning(
        'Brightness is the original',
        'Every pixel keeps the lightness of the radiograph. Colour hides nothing and sharpens nothing.',
      ),
      meaning(
        'Not for diagnosis',
        'Research software. The colour image is marked as synthetic; the original stands beside it, unchanged.',
        'warning',
      ),
    ),
  ];
}

/** @param {string} title @param {string} text @param {string} [look] */
function meaning(title, text, look) {
  return element('li', { class: look }, element('strong', {}, title), element('span', {}, text));
}

/**
 * Evidence grows to the right, lightness grows upwards: along a row only the chroma changes.
 * @param {HTMLCanvasElement} canvas
 * @param {number} hue degrees
 * @param {number} strength share of full chroma
 * @param {readonly number[]} contours evidence at which lines are drawn
 */
function drawRamp(canvas, hue, strength, contours) {
  const context = canvas.getContext('2d');
  if (!context) return;
  const { width, height } = canvas;
  const picture = context.createImageData(width, height);
  const [cos, sin] = [Math.cos((hue * Math.PI) / 180), Math.sin((hue * Math.PI) / 180)];
  for (let y = 0; y < height; y++) {
    const lightness = brightest + ((darkest - brightest) * y) / (height - 1);
    for (let x = 0; x < width; x++) {
      const chroma = (strength * fullChroma * x) / (width - 1);
      picture.data.set([...srgb(lightness, chroma * cos, chroma * sin), 255], (y * width + x) * 4);
    }
  }
  context.putImageData(picture, 0, 0);
  for (const level of contours) {
    const x = Math.round(level * (width - 1));
    context.fillStyle = '#000';
    context.fillRect(x - 2, 0, 5, height);
    context.fillStyle = '#ebebeb';
    context.fillRect(x - 1, 0, 3, height);
  }
}

/**
 * CIE L*a*b* under D65 to 8-bit sRGB.
 * @param {number} lightness @param {number} a @param {number} b
 * @see IEC 61966-2-1
 */
function srgb(lightness, a, b) {
  const fy = (lightness + 16) / 116;
  const linear = (/** @type {number} */ f) => (f > 6 / 29 ? f ** 3 : (3 * 36 * (f - 4 / 29)) / 841);
  const x = 0.95047 * linear(fy + a / 500);
  const y = linear(fy);
  const z = 1.08883 * linear(fy - b / 200);
  return [
    3.2404542 * x - 1.5371385 * y - 0.4985314 * z,
    -0.969266 * x + 1.8760108 * y + 0.041556 * z,
    0.0556434 * x - 0.2040259 * y + 1.0572252 * z,
  ].map((value) => {
    const clipped = Math.min(1, Math.max(0, value));
    return 255 * (clipped > 0.0031308 ? 1.055 * clipped ** (1 / 2.4) - 0.055 : 12.92 * clipped);
  });
}
