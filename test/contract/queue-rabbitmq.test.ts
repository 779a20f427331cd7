import assert from 'node:assert/strict';
import { connect } from 'amqplib';
import { RabbitQueue, type RabbitQueueOptions } from '../../src/adapters/rabbitmq/rabbit-queue.js';
import {
  RabbitShadows,
  type RabbitShadowsOptions,
} from '../../src/adapters/rabbitmq/rabbit-shadows.js';
import { queueNames, topologyOf } from '../../src/adapters/rabbitmq/topology.js';
import type { ColouriseError } from '../../src/domain/errors.js';
import type { Outcome } from '../../src/domain/job.js';
import type { ShadowResult } from '../../src/domain/shadow.js';
import { defaultRetryPolicy, type RetryPolicy } from '../../src/domain/settle.js';
import type { Settled } from '../../src/ports/queue.js';
import { makeCertificate } from '../support/certificate.js';
import { until } from '../support/process.js';
import { PrivateRabbitMq } from '../support/rabbitmq.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { broken, exampleJob, stored } from './ledger-contract.js';
import { queueContract } from './queue-contract.js';

const version = { model: 'evidence', modelVersion: '1.0.0' };
const pair = { stored: version, shadow: { ...version, modelVersion: '1.3.0' } };
const chroma = { colouredShare: 0.1, meanChroma: 1, maxChroma: 9 };
const figures = { stored: chroma, shadow: chroma, dice: 1, iou: 1, deltaChroma: 0 };
const shadowResults = [
  { ...pair, jobId: '1', inferMs: 80, figures },
  { ...pair, jobId: '2', inferMs: 80, code: 'MODEL_FAILED' },
] as const;

describe('RabbitMQ', function () {
  this.timeout(120_000);
  let rabbit: PrivateRabbitMq;
  let tls: ReturnType<typeof makeCertificate>;
  let count = 0;
  const policy: RetryPolicy = { ...defaultRetryPolicy, backOff: { baseMs: 10, maxMs: 20 } };
  const opened = new Set<{ close(): Promise<void> }>();
  const toBroker = () => ({
    url: rabbit.url,
    prefix: `test${count}`,
    patienceMs: 10_000,
    reconnect: { baseMs: 10, maxMs: 100 },
  });
  const open = (options: Partial<RabbitQueueOptions> = {}) => {
    const queue = new RabbitQueue({ ...toBroker(), policy, pollMs: 10, ...options });
    opened.add(queue);
    return queue;
  };
  const openShadows = (options: Pick<RabbitShadowsOptions, 'hear'> = {}) => {
    const shadows = new RabbitShadows({ ...toBroker(), ...options });
    opened.add(shadows);
    return shadows;
  };
  const deleteQueues = async (used = policy) => {
    const connection = await connect(rabbit.url);
    const channel = await connection.createChannel();
    for (const name of queueNames(topologyOf(`test${count}`, used))) {
      await channel.deleteQueue(name);
    }
    await connection.close();
  };

  before(async () => {
    tls = makeCertificate();
    rabbit = await PrivateRabbitMq.start({ tls });
  });
  after(() => rabbit.kill());
  beforeEach(() => count++);
  afterEach(async () => {
    await Promise.all([...opened].map((queue) => queue.close()));
    opened.clear();
  });

  queueContract(
    'RabbitMQ',
    async (contractPolicy) => {
      const line = await TcpProxy.to(rabbit.url);
      return {
        queue: open({ url: line.through(rabbit.url), policy: contractPolicy }),
        loseLeases: () => {
          line.cut();
        },
        end: async () => {
          await line.close();
          await deleteQueues(contractPolicy);
        },
      };
    },
    {
      hasTwoPriorities: 'quorum queues of RabbitMQ 3 have none, and a lane stands for each',
      seesNoDuplicates: 'a broker shows nobody what it holds',
      keepsRevived: 'a broker finds no message by its job',
      recordsApart: 'the recorder is another process than the worker',
    },
  );

  describe('the queue in the broker', () => {
    it('tells one process what another one settled, even while it was away', async () => {
      const serve = open();
      const worker = open();
      await serve.publish([exampleJob('1'), exampleJob('2')]);
      await serve.close();
      let handledJobs = 0;
      await worker.consume(2, ({ job }) => {
        handledJobs++;
        return Promise.resolve(job.id === '1' ? stored : broken);
      });
      await until('both', () => handledJobs === 2);
      await until('no hands', async () => (await worker.depth()).inFlight === 0);
      await worker.close();

      const again = open();
      const settled: Settled[] = [];
      await again.onSettled((each) => void settled.push(each));
      await until('the news', () => settled.length === 2);
      assert.deepEqual(settled.map(({ outcome }) => outcome.outcome).sort(), ['failed', 'stored']);
      await again.close();
      await deleteQueues();
    });

    it('tells the ledger what shadows came to, even while it was away, and again when that failed', async () => {
      const worker = openShadows();
      for (const result of shadowResults) await worker.record(result);
      await worker.close();

      const heard: ShadowResult[] = [];
      let refused = false;
      const serve = openShadows({
        hear: (result) => {
          if (!refused) {
            refused = true;
            throw new Error('the disk is full');
          }
          heard.push(result);
        },
      });
      await until('both results', () => heard.length === 2);
      const byJob = heard.toSorted((one, other) => (one.jobId < other.jobId ? -1 : 1));
      assert.deepEqual(byJob, shadowResults);
      await serve.close();
      const queue = open();
      await queue.probe(10_000);
      await queue.close();
      await deleteQueues();
    });

    it('colours and records although the queue of shadows answers nobody', async () => {
      const worker = openShadows();
      const [result] = shadowResults;
      await worker.record(result);
      const process = `whereis(binary_to_atom(<<"%2F_test${count}.shadows">>, utf8))`;
      rabbit.control('eval', `sys:suspend(${process}).`);
      const hearing = openShadows({ hear: () => undefined });

      const queue = open();
      const settled: string[] = [];
      await queue.onSettled(({ job }) => void settled.push(job.id));
      await queue.publish([exampleJob('1')]);
      await queue.consume(1, () => Promise.resolve(stored));
      await until('the news', () => settled.includes('1'));
      await assert.rejects(worker.record(result), {
        code: 'QUEUE_UNAVAILABLE',
        message: /shadows: the broker takes too long to confirm/,
      });

      rabbit.control('eval', `sys:resume(${process}).`);
      await worker.record(result);
      for (const each of [worker, hearing, queue]) await each.close();
      await deleteQueues();
    });

    it('names the queue that stands with other arguments, and works once it is gone', async () => {
      const connection = await connect(rabbit.url);
      const channel = await connection.createChannel();
      const name = `test${count}.jobs.normal`;
      await channel.assertQueue(name, { durable: true });
      const queue = open({ patienceMs: 100 });
      await assert.rejects(queue.probe(2_000), {
        code: 'QUEUE_UNAVAILABLE',
        message: new RegExp(`queue ${name} stands in the broker with other arguments`),
      });
      await channel.deleteQueue(name);
      await connection.close();
      assert.match(await queue.probe(10_000), /^\d+\.\d+/);
      await queue.close();
      await deleteQueues();
    });

    it('speaks TLS, and only with a broker whose authority it trusts', async () => {
      const trusting = open({ url: rabbit.tlsUrl, caFile: tls.certFile });
      assert.match(await trusting.probe(10_000), /^\d+\.\d+/);
      const errors: ColouriseError[] = [];
      const wary = open({
        url: rabbit.tlsUrl,
        patienceMs: 100,
        onError: (error) => errors.push(error),
      });
      await until('its refusal', () => errors.length > 0);
      assert.match(errors[0]?.message ?? '', /self-signed certificate/);
      await assert.rejects(wary.publish([exampleJob('1')]), { code: 'QUEUE_UNAVAILABLE' });
      await trusting.close();
      await deleteQueues();
    });

    it('takes the urgent job first although others wait longer', async () => {
      const queue = open();
      await queue.publish([exampleJob('a', 'evidence', 0), exampleJob('b', 'evidence', 4)]);
      const ids: string[] = [];
      const finish: ((outcome: Outcome) => void)[] = [];
      await queue.consume(1, ({ job }) => {
        ids.push(job.id);
        return new Promise((resolve) => finish.push(resolve));
      });
      await until('the first', () => ids.length === 1);
      await queue.publish([exampleJob('now', 'evidence', 9)]);
      finish[0]?.(stored);
      await until('the second', () => ids.length === 2);
      assert.deepEqual(ids, ['a', 'now']);
      await queue.close();
      await deleteQueues();
    });

    it('buries what is no job and carries on', async () => {
      const queue = open();
      await queue.onSettled(() => undefined);
      await queue.probe(10_000);
      const connection = await connect(rabbit.url);
      const channel = await connection.createConfirmChannel();
      channel.sendToQueue(`test${count}.jobs.urgent`, Buffer.from('{"id":1'));
      await channel.waitForConfirms();
      await connection.close();
      await queue.consume(1, () => Promise.resolve(stored));
      await until('the burial', async () => (await queue.depth()).dead === 1);
      await queue.close();
      await deleteQueues();
    });

    it('takes what there is room for, names it, and takes the rest later', async () => {
      const queue = open();
      await queue.probe(10_000);
      const lane = `^test${count}.jobs.normal$`;
      rabbit.control('set_policy', 'small', lane, '{"max-length":1}', '--apply-to', 'queues');
      const normal = (id: string) => exampleJob(id, 'evidence', 0);
      await until('the lane to be full', async () => {
        const taken = await queue.publish([normal('more')]).catch(() => []);
        return taken.length === 0;
      });
      await assert.rejects(queue.publish([normal('1')]), { code: 'QUEUE_UNAVAILABLE' });
      assert.deepEqual(await queue.publish([normal('1'), exampleJob('now')]), ['now']);
      const ids = new Set<string>();
      await queue.consume(1, ({ job }) => {
        ids.add(job.id);
        return Promise.resolve(stored);
      });
      await until('room', async () => {
        return (await queue.publish([normal('1')]).catch(() => [])).length > 0;
      });
      await until('both', () => ids.has('now') && ids.has('1'));
      rabbit.control('clear_policy', 'small');
      await queue.close();
      await deleteQueues();
    });

    it('says that the broker is short of disk, and carries on when it is not', async () => {
      const queue = open();
      await queue.probe(10_000);
      rabbit.control('set_disk_free_limit', '500000GB');
      await assert.rejects(queue.publish([exampleJob('1')]), { message: /takes nothing.*disk/ });
      await assert.rejects(queue.publish([exampleJob('1')]), { message: /takes nothing.*disk/ });
      await assert.rejects(queue.depth(), { code: 'QUEUE_UNAVAILABLE', message: /disk/ });
      rabbit.control('set_disk_free_limit', '1MB');
      const ids: string[] = [];
      await queue.consume(1, ({ job }) => {
        ids.push(job.id);
        return Promise.resolve(stored);
      });
      await until('the queue to take a job', async () => {
        return (await queue.publish([exampleJob('2')]).catch(() => [])).length > 0;
      });
      await until('the job', () => ids.includes('2'));
      await queue.close();
      await deleteQueues();
    });

    it('hears the news although its queue was deleted meanwhile', async () => {
      const queue = open();
      const settled: string[] = [];
      await queue.onSettled(({ job }) => void settled.push(job.id));
      await queue.probe(10_000);
      const connection = await connect(rabbit.url);
      const channel = await connection.createChannel();
      await channel.deleteQueue(`test${count}.outcomes`);
      await connection.close();
      await queue.publish([exampleJob('1')]);
      await queue.consume(1, () => Promise.resolve(stored));
      await until('the news', () => settled.includes('1'), 20_000);
      await queue.close();
      await deleteQueues();
    });

    it('closes though the broker has gone silent, and loses nothing by it', async () => {
      const line = await TcpProxy.to(rabbit.url);
      const queue = open({ url: line.through(rabbit.url) });
      await queue.publish([exampleJob('1')]);
      const consumer = await queue.consume(1, () => new Promise(() => undefined));
      await until('the job in hand', async () => (await queue.depth()).inFlight === 1);
      line.set({ kind: 'silent' });
      await consumer.close(0);
      await queue.close();
      await line.close();
      const other = open();
      const ids: string[] = [];
      await other.consume(1, ({ job }) => {
        ids.push(job.id);
        return Promise.resolve(stored);
      });
      await until('the job elsewhere', () => ids.length === 1);
      await other.close();
      await deleteQueues();
    });

    // The last one: a broker that recovers may refuse messages for some seconds.
    it('throws while the broker is away, and keeps through a power cut what it confirmed', async () => {
      const errors: ColouriseError[] = [];
      const queue = open({ patienceMs: 50, onError: (error) => errors.push(error) });
      await queue.probe(10_000);
      await queue.publish([exampleJob('1')]);
      await rabbit.kill();
      await assert.rejects(queue.publish([exampleJob('2')]), { code: 'QUEUE_UNAVAILABLE' });
      assert.ok(errors.every(({ code }) => code === 'QUEUE_UNAVAILABLE'));
      assert.ok(errors.every(({ message }) => !message.includes('guest')));
      await rabbit.resume();
      const ids: string[] = [];
      await queue.probe(10_000);
      await queue.consume(1, ({ job }) => {
        ids.push(job.id);
        return Promise.resolve(stored);
      });
      await until('the job', () => ids.length > 0);
      assert.deepEqual(ids, ['1']);
      await queue.close();
      await deleteQueues();
    });
  });
});
