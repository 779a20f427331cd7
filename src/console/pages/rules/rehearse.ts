import type { ErrorJson, Rehearsal, RehearsalProgress, Wire } from '../../../http/api.js';
import { ApiError, ownHeaders } from '../../shell/api.js';

export type Rehearsed = Wire<Rehearsal>;
export type Report = Rehearsed['report'];
export type Explained = Rehearsed['explained'][number];

interface Line extends Partial<Rehearsed> {
  readonly progress?: RehearsalProgress;
  readonly error?: ErrorJson;
}

/**
 * Asks the service to rehearse, and tells how far it is.
 * @throws ApiError; the signal's reason when it is stopped
 */
export async function rehearse(
  request: { readonly rules: string; readonly days: number; readonly explain?: string },
  signal: AbortSignal,
  onProgress: (progress: RehearsalProgress) => void,
): Promise<Rehearsed> {
  const answer = await fetch('/api/rules/rehearse', {
    method: 'POST',
    headers: ownHeaders,
    body: JSON.stringify(request),
    signal,
  });
  if (!answer.ok || !answer.body) throw refusal((await answer.json()) as ErrorJson);
  for await (const line of linesOf(answer.body)) {
    const { progress, report, explained, error } = JSON.parse(line) as Line;
    if (progress) onProgress(progress);
    if (error) throw refusal(error);
    if (report && explained) return { report, explained };
  }
  throw new ApiError('UNREACHABLE', 'The rehearsal ended without a report.', 'Try it again.');
}

function refusal({ code, message, next }: ErrorJson): ApiError {
  return new ApiError(code, message, next);
}

async function* linesOf(body: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<string> {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    const lines = (rest + value).split('\n');
    rest = lines.pop() ?? '';
    yield* lines.filter((line) => line !== '');
  }
  if (rest !== '') yield rest;
}
