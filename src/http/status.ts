import type { ServiceStatus } from './api.js';

/**
 * One question to the service for all who ask within `maxAgeMs`: asking reaches out to Orthanc,
 * and every open page asks after every change.
 */
export function shareStatus(
  ask: () => Promise<ServiceStatus>,
  maxAgeMs: number,
): () => Promise<ServiceStatus> {
  let answer: Promise<ServiceStatus> | undefined;
  let until = 0;
  return () => {
    if (!answer || Date.now() >= until) {
      until = Date.now() + maxAgeMs;
      answer = ask();
    }
    return answer;
  };
}
