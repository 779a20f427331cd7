import assert from 'node:assert/strict';
import type { Message } from 'amqplib';
import { jobMessage, receivedJob } from '../../src/adapters/rabbitmq/messages.js';
import type { Job } from '../../src/domain/job.js';
import { firstTry } from '../../src/domain/settle.js';

/** Everything that a job may hold. */
const job: Required<Job> = {
  id: '91a4ea1ab154d2b2982533f6f276bf4f',
  source: { StudyInstanceUID: '1.2.3', SeriesInstanceUID: '1.2.3.4', SOPInstanceUID: '1.2.3.4.5' },
  rendering: {
    model: 'evidence',
    modelVersion: '1.0.0',
    palette: 'amber',
    strength: 0.5,
    banner: true,
    window: 2,
    modality: 'OT',
    display: 'gsdf',
    contours: [0.25, 0.5],
    compression: 'jpeg-ls',
  } satisfies Required<Job['rendering']>,
  priority: 5,
  rule: 'chest',
  needsLungs: true,
  shadow: { model: 'evidence', modelVersion: '1.3.0' },
  forward: ['research'],
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
};

describe('a job on its way to another machine', () => {
  it('arrives whole', () => {
    const { content, headers } = jobMessage(job, firstTry);
    const message = { content, properties: { headers } } as unknown as Message;
    assert.deepEqual(receivedJob(message), { job, tries: firstTry });
  });
});
