import assert from 'node:assert/strict';
import { join } from 'node:path';
import * as keda from '@kubernetes-models/keda/keda.sh/v1alpha1';
import * as apps from 'kubernetes-models/apps/v1';
import * as networking from 'kubernetes-models/networking.k8s.io/v1';
import * as policy from 'kubernetes-models/policy/v1';
import * as core from 'kubernetes-models/v1';
import { parse, parseAllDocuments } from 'yaml';
import { lanes, topologyOf } from '../../src/adapters/rabbitmq/topology.js';
import { defaultRetryPolicy } from '../../src/domain/settle.js';
import { filesBelow, read } from '../support/documents.js';
import { settingsVariables } from '../support/settings-variables.js';

type Model = new (manifest: never) => { validate(): void };

/** Checks of the Kubernetes API and of KEDA, by version and kind. */
const models: Readonly<Record<string, Readonly<Record<string, Model>>>> = {
  'apps/v1': { Deployment: apps.Deployment, StatefulSet: apps.StatefulSet },
  'keda.sh/v1alpha1': {
    ScaledObject: keda.ScaledObject,
    TriggerAuthentication: keda.TriggerAuthentication,
  },
  'networking.k8s.io/v1': { NetworkPolicy: networking.NetworkPolicy },
  'policy/v1': { PodDisruptionBudget: policy.PodDisruptionBudget },
  v1: { Namespace: core.Namespace, Service: core.Service },
};

interface Container {
  readonly args: readonly string[];
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly livenessProbe: Probe;
  readonly readinessProbe: Probe;
  readonly securityContext: Readonly<Record<string, unknown>>;
}

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
}

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly template: {
      readonly spec: {
        readonly containers: readonly [Container];
        readonly securityContext: Readonly<Record<string, unknown>>;
        readonly terminationGracePeriodSeconds: number;
      };
    };
    readonly scaleTargetRef: { readonly kind: string; readonly name: string };
    readonly triggers: readonly { readonly metadata: Readonly<Record<string, string>> }[];
  };
}

const folder = 'deploy/kubernetes/base';
const { resources } = parse(read(join(folder, 'kustomization.yaml'))) as { resources: string[] };
const manifests = resources.flatMap((file) =>
  parseAllDocuments(read(join(folder, file))).map((document) => document.toJS() as Manifest),
);
const named = (kind: string, name: string): Manifest => {
  const found = manifests.find((each) => each.kind === kind && each.metadata.name === name);
  assert.ok(found, `${kind} ${name}`);
  return found;
};
const workloads = [named('StatefulSet', 'serve'), named('Deployment', 'worker')];

describe('deploy/kubernetes', () => {
  it('is what the API of Kubernetes and KEDA take', () => {
    for (const manifest of manifests) {
      const { apiVersion, kind, metadata } = manifest;
      const KindModel = models[apiVersion]?.[kind];
      assert.ok(KindModel, `${apiVersion} ${kind}`);
      assert.doesNotThrow(() => {
        new KindModel(manifest as never).validate();
      }, `${kind} ${metadata.name}`);
    }
    assert.throws(() => {
      new apps.Deployment({ metadata: { name: 'x' }, spec: {} } as never).validate();
    });
  });

  it('lists every file', () => {
    const files = filesBelow(folder, '.yaml').map((path) => path.replace(`${folder}/`, ''));
    assert.deepEqual(
      files.filter((file) => file !== 'kustomization.yaml').toSorted(),
      resources.toSorted(),
    );
  });

  it('sets only variables that are read, and secrets from files only', () => {
    const known = settingsVariables();
    const lines = read(join(folder, 'settings.env')).trim().split('\n');
    for (const line of lines) {
      const [name = ''] = line.split('=');
      assert.ok(known.has(name), name);
      assert.doesNotMatch(line, /(TOKEN|PASSWORD|QUEUE_URL)=/);
    }
  });

  it('probes what each process answers', () => {
    const ports: Readonly<Record<string, number>> = { serve: 8044, work: 8045 };
    for (const { spec } of workloads) {
      const [{ args, ports: open, livenessProbe, readinessProbe }] = spec.template.spec.containers;
      const [command = ''] = args;
      assert.equal(open[0]?.containerPort, ports[command]);
      assert.deepEqual(livenessProbe.httpGet, { path: '/healthz', port: open[0]?.name });
      assert.deepEqual(readinessProbe.httpGet, { path: '/readyz', port: open[0]?.name });
    }
  });

  it('runs as nobody, and gives time to return what is in hand', () => {
    for (const { spec } of workloads) {
      const { securityContext, containers, terminationGracePeriodSeconds } = spec.template.spec;
      assert.equal(securityContext['runAsNonRoot'], true);
      assert.deepEqual(containers[0].securityContext, {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
      assert.ok(terminationGracePeriodSeconds >= 20);
    }
  });

  it('scales the workers by the lanes that the broker really has', () => {
    const { scaleTargetRef, triggers } = named('ScaledObject', 'worker').spec;
    assert.deepEqual(scaleTargetRef, { kind: 'Deployment', name: 'worker' });
    const { lane } = topologyOf('colouriser', defaultRetryPolicy);
    assert.deepEqual(
      new Set(triggers.map(({ metadata }) => metadata['queueName'])),
      new Set(lanes.map((each) => lane[each])),
    );
  });

  it('patches the worker that is there for CUDA', () => {
    const patch = parse(read('deploy/kubernetes/cuda/worker.yaml')) as Manifest;
    assert.equal(patch.kind, 'Deployment');
    assert.equal(patch.metadata.name, 'worker');
  });
});
