import assert from 'node:assert/strict';
import { parse } from 'yaml';
import { createMetrics } from '../../src/adapters/prometheus/metrics.js';
import { serviceReadings, workerReadings } from '../../src/pipeline/readings.js';
import { workerState } from '../../src/pipeline/worker-health.js';
import { read, tableRows } from '../support/documents.js';
import { metricNames } from '../support/exposition.js';
import { FakeService } from '../support/fake-service.js';

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly runbook: string };
}

const rulesFile = 'deploy/prometheus/alerts.yml';
const { groups } = parse(read(rulesFile)) as { groups: { rules: Rule[] }[] };
const alerts = groups.flatMap(({ rules }) => rules);
const dashboard = read('deploy/grafana/colouriser.json');
const operations = read('docs/operations.md');
const provenance = { provider: 'cpu', runtime: 'test', batch: 1 } as const;

/** Everything that `serve` and `work` ever expose, with all labels of one scrape. */
async function exposed(): Promise<string> {
  const service = new FakeService();
  const { daily } = await service.status();
  service.state = {
    daily: { ...daily, missing: 0, sweptAt: new Date() },
    destinations: [{ destination: 'research', kind: 'dicomweb', pending: 0, failed: 0 }],
  };
  const readings = await serviceReadings({
    status: () => service.status(),
    depth: () => Promise.resolve({ ready: 0, delayed: 0, inFlight: 0, dead: 0 }),
    oldestWaiting: () => undefined,
    provenance,
    freeBytes: () => 1,
  });
  const worker = workerReadings(
    workerState({ models: true, queue: true, orthanc: true }),
    provenance,
  );
  const known = new Set(readings.map(({ name }) => name));
  const metrics = createMetrics();
  const both = [...readings, ...worker.filter(({ name }) => !known.has(name))];
  return (await metrics.expose(both)).text;
}

describe('dashboard and alert rules', () => {
  it('name only metrics that exist', async () => {
    const names = metricNames(await exposed());
    const series = new Set(
      names.flatMap((name) => [name, `${name}_bucket`, `${name}_sum`, `${name}_count`]),
    );
    const used = [...`${dashboard}${read(rulesFile)}`.matchAll(/\bcolouriser_[a-z_]+/g)];
    assert.ok(used.length > 30);
    for (const [name] of used) assert.ok(series.has(name), name);
  });

  it('name only labels and states that exist', async () => {
    const text = await exposed();
    for (const [selector, name = '', label = '', value = ''] of `${dashboard}${read(rulesFile)}`
      .replaceAll('\\"', '"')
      .matchAll(/(colouriser_[a-z_]+)\{(\w+)="([^"]+)"\}/g)) {
      const metric = name.replace(/_(bucket|sum|count)$/, '');
      const isThere = text.split('\n').some((line) => {
        return line.startsWith(metric) && line.includes(`${label}="${value}"`);
      });
      assert.ok(isThere, selector);
    }
  });

  it('send each alert to a section of docs/operations.md, and have none without an alert', () => {
    const [, chapter = ''] = operations.split('\n## Alerts\n');
    const [text = ''] = chapter.split('\n## ');
    const sections = [...text.matchAll(/^### (\w+)$/gm)].map(([, name]) => name);
    assert.deepEqual(
      sections,
      alerts.map(({ alert }) => alert),
    );
    for (const { alert, annotations, labels } of alerts) {
      assert.equal(annotations.runbook, `docs/operations.md#${alert.toLowerCase()}`);
      assert.match(labels.severity, /^(critical|warning|info)$/);
    }
  });

  it('show their dashboard in Grafana as it is', () => {
    const { panels, uid } = JSON.parse(dashboard) as {
      uid: string;
      panels: { id: number; title: string; targets: { expr: string }[] }[];
    };
    assert.equal(uid, 'colouriser');
    assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
    assert.ok(panels.every(({ targets }) => targets.every(({ expr }) => expr !== '')));
  });
});

describe('the table of metrics in docs/operations.md', () => {
  it('lists every metric of ours, and no other', async () => {
    const [, chapter = ''] = operations.split('\n### Metrics\n');
    const listed = tableRows(chapter.split('\n### ')[0] ?? '').flatMap(
      ([name = '']) => /^`(colouriser_\w+)`$/.exec(name)?.[1] ?? [],
    );
    const own = metricNames(await exposed()).filter((name) => name.startsWith('colouriser_'));
    assert.deepEqual(listed.toSorted(), [...own].toSorted());
  });
});
