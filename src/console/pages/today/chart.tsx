import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';

export interface Series {
  readonly label: string;
  readonly values: readonly (number | null)[];
  /** A colour of the theme, by its custom property. */
  readonly colour: string;
  readonly kind: 'bars' | 'line';
}

interface Props {
  /** Seconds since 1970. */
  readonly times: readonly number[];
  readonly series: readonly Series[];
  readonly format: (value: number) => string;
}

const height = 190;

/** Drawn on a canvas, so it is decoration for those who do not see it: the same figures stand in a table beside it. */
export default function Chart({ times, series, format }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const latest = useRef({ times, series, format });
  latest.current = { times, series, format };
  const plot = useRef<uPlot>();
  useEffect(() => {
    const element = place.current;
    if (!element) return;
    const draw = () => {
      plot.current?.destroy();
      plot.current = new uPlot(optionsOf(element, latest.current), dataOf(latest.current), element);
    };
    draw();
    const resized = new ResizeObserver(() => {
      plot.current?.setSize({ width: element.clientWidth, height });
    });
    resized.observe(element);
    window.addEventListener('themechange', draw);
    return () => {
      resized.disconnect();
      window.removeEventListener('themechange', draw);
      plot.current?.destroy();
    };
  }, []);
  useEffect(() => {
    plot.current?.setData(dataOf(latest.current));
  }, [JSON.stringify([times, series])]);
  return <div class="chart" ref={place} aria-hidden="true" />;
}

const dataOf = ({ times, series }: Props): uPlot.AlignedData => [
  [...times],
  ...series.map(({ values }) => [...values]),
];

function optionsOf(element: HTMLElement, { series, format }: Props): uPlot.Options {
  const style = getComputedStyle(element);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  const axis = {
    stroke: colour('--muted'),
    grid: { stroke: colour('--line') },
    ticks: { show: false },
  };
  return {
    width: element.clientWidth,
    height,
    cursor: { y: false, drag: { x: false, y: false } },
    legend: { live: true },
    scales: { y: { range: (_plot, _min, max) => [0, Math.max(1, max * 1.1)] } },
    axes: [
      { ...axis, values: (_plot, ticks) => ticks.map(clockOf) },
      { ...axis, size: 58, values: (_plot, ticks) => ticks.map(format) },
    ],
    series: [
      {
        label: 'Hour from',
        value: (_plot, value: number | null) => (value === null ? '' : clockOf(value)),
      },
      ...series.map(({ label, kind, colour: name }): uPlot.Series => {
        const bars = uPlot.paths.bars?.({ size: [0.7, 40] });
        return {
          label,
          stroke: colour(name),
          width: kind === 'bars' ? 0 : 2,
          ...(kind === 'bars' && { fill: colour(name), ...(bars && { paths: bars }) }),
          points: { show: kind === 'line', size: 5 },
          value: (_plot, value: number | null) => (value === null ? 'none' : format(value)),
        };
      }),
    ],
  };
}

const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const clockOf = (seconds: number): string => clock.format(new Date(seconds * 1000));
