import type { StoredEvaluation, StoredRow } from './evaluation-file.js';
import type { Case, CaseGroup } from './report-pictures.js';
import { figureText } from './table.js';

/** One page without scripts or outside files; pictures are inside it, so it goes nowhere by itself. */
export function reportPage(evaluation: StoredEvaluation, groups: readonly CaseGroup[]): string {
  const title = `${evaluation.model} ${evaluation.version}`;
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Evaluation of ${escaped(title)}</title>
<style>${style}</style>
<h1>${escaped(title)}</h1>
<p><strong>Research software, not for diagnosis.</strong> A faint or grey picture never says 'normal'.
This page may show radiographs of people: keep it where their terms allow.</p>
<p>${escaped(evaluation.data)}, ${escaped(evaluation.runtime)}, ${escaped(evaluation.evaluatedAt)}.
Intervals: ${escaped(evaluation.intervals)}.</p>
<h2>Figures</h2>
${table(evaluation.rows)}
${evaluation.reliability.map(reliabilityPlot).join('\n')}
${groups.map(chapter).join('\n')}
<h2>Baselines</h2>
${evaluation.baselines.map(({ name, rows }) => `<h3>${escaped(name)}</h3>${table(rows)}`).join('\n')}
</html>
`;
}

const style = `
body { font: 15px/1.5 system-ui, sans-serif; max-width: 75rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse } td, th { padding: .15rem .6rem; text-align: left; border-bottom: 1px solid #ccc }
.cases { display: flex; flex-wrap: wrap; gap: 1rem } figure { margin: 0; width: 33rem }
figure svg { width: 16rem; background: #000 } figcaption { font-size: 13px }
.missed { color: #a00000; font-weight: 600 } svg.plot { width: 20rem }`;

function table(rows: readonly StoredRow[]): string {
  const lines = rows.map((row) => {
    const outcome = row.reached === undefined ? '' : row.reached ? 'reached' : 'missed';
    const cells = [row.property, row.group ?? '', row.metric, figureText(row), row.bar ?? ''];
    return `<tr>${cells.map((cell) => `<td>${escaped(cell)}`).join('')}<td class="${outcome}">${outcome}`;
  });
  return `<table><tr><th>property<th>films<th>metric<th>value (95 %)<th>bar<th>${lines.join('\n')}</table>`;
}

/** What was said against what was so; a dot's area is the number of films. */
function reliabilityPlot({ group, bins }: StoredEvaluation['reliability'][number]): string {
  const most = Math.max(1, ...bins.map(({ count }) => count));
  const dots = bins
    .filter(({ count }) => count > 0)
    .map(({ said, found, count }) => {
      const radius = 2 + 5 * Math.sqrt(count / most);
      return `<circle cx="${100 * said}" cy="${100 - 100 * found}" r="${radius.toFixed(1)}" fill="#b000b0" fill-opacity=".6"><title>${count} films</title></circle>`;
    });
  return `<h2>Calibration, ${escaped(group)}</h2>
<svg class="plot" viewBox="-12 -8 124 124" role="img" aria-label="Share of films with pneumonia against the probability that was given">
<path d="M0 0V100H100M0 100L100 0" fill="none" stroke="#888" stroke-width=".5"/>${dots.join('')}
<text x="50" y="112" font-size="7" text-anchor="middle">probability given</text>
<text x="-4" y="50" font-size="7" text-anchor="middle" transform="rotate(-90 -4 50)">share with pneumonia</text></svg>`;
}

function chapter({ title, cases }: CaseGroup): string {
  return `<h2>${escaped(title)}</h2><div class="cases">${cases.map(figure).join('\n')}</div>`;
}

function figure({ film, figures, pictures, size }: Case): string {
  const boxes = film.boxes.map(
    ({ x, y, width, height }) =>
      `<rect x="${x * size.Columns}" y="${y * size.Rows}" width="${width * size.Columns}" height="${height * size.Rows}" fill="none" stroke="#fff" stroke-dasharray="4 3"/>`,
  );
  const picture = (uri: string, label: string) =>
    `<svg viewBox="0 0 ${size.Columns} ${size.Rows}" role="img" aria-label="${label}"><image href="${uri}" width="${size.Columns}" height="${size.Rows}"/>${boxes.join('')}</svg>`;
  const found = figures.boxes
    ? `, energy in box ${figures.boxes.energy.toFixed(2)}, IoU ${figures.boxes.iou.toFixed(2)}`
    : '';
  const said =
    figures.probability === undefined ? '' : `, probability ${figures.probability.toFixed(2)}`;
  return `<figure>${picture(pictures[0], 'grey')}${picture(pictures[1], 'colour')}
<figcaption>${escaped(film.id)}: ${figures.label ?? 'unlabelled'}, max C* ${figures.maxChroma.toFixed(1)}${said}${found}</figcaption></figure>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
