/** A request that is well-formed; `path` is as it is sent. */
export interface ApiExample {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  readonly path: string;
  readonly body?: object;
}

const studyId = 'f0e1d2c3-b4a59687-78695a4b-3c2d1e0f-00112233';

/**
 * At least one request for every route, in an order in which a fake service answers them all; tests hold the
 * answers against the OpenAPI document, and ask them in every role. A new route gets its line here.
 */
export const apiExamples: readonly ApiExample[] = [
  { method: 'get', path: '/healthz' },
  { method: 'get', path: '/readyz' },
  { method: 'get', path: '/metrics' },
  { method: 'get', path: '/api/status' },
  { method: 'get', path: '/api/events' },
  { method: 'get', path: '/api/images?limit=60' },
  { method: 'get', path: '/api/images?rule=frontal-chest&since=2026-01-31T08:00:00Z' },
  { method: 'get', path: '/api/activity' },
  { method: 'get', path: '/api/rule-names' },
  { method: 'get', path: '/api/images/job-6' },
  { method: 'get', path: '/api/images/job-4' },
  { method: 'get', path: '/api/images/nobody' },
  { method: 'get', path: '/api/images/job-6/links' },
  { method: 'get', path: '/api/images/job-6/decision' },
  { method: 'get', path: '/api/images/job-4/decision' },
  { method: 'get', path: '/api/images/job-6/before.png' },
  { method: 'get', path: '/api/images/job-6/after.png' },
  { method: 'get', path: '/api/images/job-4/after.png' },
  { method: 'post', path: '/api/images/job-4/retry' },
  { method: 'post', path: '/api/images/job-6/retry' },
  { method: 'get', path: '/api/images/job-6/grey' },
  { method: 'get', path: '/api/images/job-6/colouring?model=evidence' },
  { method: 'get', path: '/api/images/job-6/drawn.png?model=evidence&palette=amber' },
  { method: 'get', path: '/api/models' },
  { method: 'get', path: '/api/models/evidence/1.0.0' },
  { method: 'get', path: '/api/models/evidence/1.0.0/pictures/best.webp' },
  { method: 'post', path: '/api/models/evidence/1.0.0/activate', body: {} },
  { method: 'post', path: '/api/models/evidence/1.0.0/deactivate', body: {} },
  { method: 'put', path: '/api/models/evidence/shadow', body: { shadow: 'evidence@1.1.0' } },
  { method: 'get', path: '/api/shadows' },
  { method: 'get', path: '/api/shadows/images?stored=evidence@1.0.0&shadow=evidence@1.1.0' },
  { method: 'post', path: '/api/rules/rehearse', body: { rules: 'rules: []' } },
  { method: 'get', path: '/api/rules' },
  { method: 'get', path: '/api/rules/schema' },
  { method: 'post', path: '/api/rules/validate', body: { rules: 'rules: []' } },
  {
    method: 'put',
    path: '/api/rules',
    body: { rules: 'rules: [{ name: a, skip: b }]', expected: 'absent', note: 'a trial' },
  },
  { method: 'put', path: '/api/rules', body: { rules: 'rules: []', expected: 'absent' } },
  { method: 'get', path: '/api/rules' },
  { method: 'get', path: '/api/rules/versions?limit=5' },
  { method: 'get', path: '/api/rules/versions/1' },
  { method: 'get', path: '/api/rules/versions/77' },
  { method: 'post', path: '/api/rules/versions/1/return', body: { expected: 'absent' } },
  { method: 'post', path: '/api/wake' },
  { method: 'post', path: '/api/trigger', body: { level: 'study', orthancId: studyId } },
  { method: 'get', path: '/api/task' },
  { method: 'post', path: '/api/sweep', body: { days: 0 } },
  { method: 'post', path: '/api/sweep', body: { days: 3 } },
  { method: 'post', path: '/api/sweep', body: { days: 4 } },
  { method: 'delete', path: '/api/task' },
  {
    method: 'post',
    path: '/api/withdraw',
    body: { model: 'evidence', version: '1.0.0', perSecond: 1 },
  },
  { method: 'delete', path: '/api/task' },
  { method: 'post', path: '/api/reprocess', body: { model: 'evidence', perSecond: 1 } },
  { method: 'post', path: '/api/images/search', body: { patientName: 'phantom', limit: 2 } },
  { method: 'post', path: '/api/images/search', body: {} },
  { method: 'get', path: '/api/images/job-6/patient' },
  { method: 'get', path: '/api/images/nobody/patient' },
  { method: 'post', path: '/api/forwards/retry', body: { destination: 'research' } },
  { method: 'get', path: '/api/openapi.json' },
];
