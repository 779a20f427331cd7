/** @import { ServiceStatus, Wire } from '../api.js' */
import { ApiError } from './api.js';
import { byId, element } from './element.js';
import { count, shortTime } from './format.js';

const stateWords = { ready: 'Ready', starting: 'Starting', degraded: 'Degraded' };
const providerWords = { cpu: 'CPU', cuda: 'CUDA', webgpu: 'WebGPU' };

/** How the service is, in the header; what is wrong, in a notice below. @param {Wire<ServiceStatus>} status */
export function showHealth(status) {
  const { queue, orthanc, rules } = status;
  const model = status.models.find((each) => each.default) ?? status.models[0];
  const waiting = queue.ready + queue.delayed + queue.inFlight;
  document.body.classList.remove('unreachable');
  byId('vitals').replaceChildren(
    vital('Service', stateWords[status.state], status.state === 'ready' ? 'good' : 'bad'),
    vital(
      'Orthanc',
      orthanc.reachable ? (orthanc.version ?? 'Reachable') : 'Away',
      orthanc.reachable ? 'good' : 'bad',
    ),
    vital('Queue', waiting === 0 ? 'Empty' : queueWords(queue), queue.dead > 0 ? 'bad' : undefined),
    vital('Model', model ? `${model.name} ${model.version}` : 'None', model ? undefined : 'bad'),
    hardware(status),
    vital('Rules', rules.version, rules.fault === undefined ? undefined : 'bad'),
  );
  byId('build').textContent = `Version ${status.version}, up since ${shortTime(status.startedAt)}`;
  showDaily(status.daily);
  notify(faultsOf(status));
}

/** With a broker the networks run elsewhere. @param {Wire<ServiceStatus>} status */
function hardware({ inference }) {
  if (inference === undefined) return vital('Runs on', 'Workers');
  const word = providerWords[inference.provider];
  if (inference.fallback === undefined) return vital('Runs on', word);
  return vital('Runs on', `${word} instead of ${providerWords[inference.fallback.from]}`, 'bad');
}

/** The balance of the day in one line; what the sweep found missing stands out. @param {Wire<ServiceStatus>['daily']} daily */
function showDaily({ arrived, stored, skipped, failed, pending, missing, sweptAt }) {
  const sum = [`stored ${count(stored)}`, `skipped ${count(skipped)}`, `failed ${count(failed)}`];
  const balance = `24 hours: arrived ${count(arrived)} = ${sum.join(' + ')} + pending ${count(pending)}`;
  const swept =
    missing === undefined || sweptAt === undefined
      ? 'not yet compared with the archive'
      : `missing ${count(missing)}, compared ${shortTime(sweptAt)}`;
  const look = missing !== undefined && missing > 0 ? 'bad' : undefined;
  byId('daily').replaceChildren(`${balance} \u00b7 `, element('span', { class: look }, swept));
}

/** @param {Wire<ServiceStatus>['queue']} queue */
function queueWords({ ready, delayed, inFlight }) {
  const parts = [
    inFlight > 0 && `${count(inFlight)} in work`,
    ready > 0 && `${count(ready)} waiting`,
    delayed > 0 && `${count(delayed)} delayed`,
  ];
  return parts.filter((part) => part !== false).join(' · ');
}

/** @param {Wire<ServiceStatus>} status @returns {[string, string][]} */
function faultsOf({ state, reasons, orthanc, rules }) {
  /** @type {[string, string][]} */
  const faults = [];
  if (!orthanc.reachable) {
    faults.push([
      'Orthanc does not answer.',
      `Nothing is lost: what arrives there is picked up as soon as ${orthanc.url} is back.`,
    ]);
  }
  if (rules.fault !== undefined) {
    faults.push([
      'The rules file does not validate.',
      `Version ${rules.version} stays in force. ${rules.fault}`,
    ]);
  }
  if (state !== 'ready') {
    const word = state === 'starting' ? 'The service is starting.' : 'The service is degraded.';
    const said = reasons.filter((reason) => reason !== rules.fault);
    if (said.length > 0 && orthanc.reachable) faults.push([word, said.join(' ')]);
  }
  return faults;
}

let lastAnswer = new Date();

/** What was shown last stays, dimmed, and says since when. @param {unknown} thrown */
export function showUnreachable(thrown) {
  const error = thrown instanceof ApiError ? thrown : new ApiError('PAGE', String(thrown));
  if (error.code !== 'UNREACHABLE') {
    notify([[error.message, error.next]]);
    return;
  }
  document.body.classList.add('unreachable');
  const since = shortTime(lastAnswer.toISOString());
  notify([
    [
      'The service does not answer.',
      `What you see is from ${since}. The page tries again by itself.`,
    ],
  ]);
}

/** @param {readonly [string, string][]} faults */
function notify(faults) {
  const notice = byId('notice');
  if (!document.body.classList.contains('unreachable')) lastAnswer = new Date();
  const text = JSON.stringify(faults);
  if (notice.dataset['text'] === text) return;
  notice.dataset['text'] = text;
  notice.hidden = faults.length === 0;
  notice.replaceChildren(
    ...faults.map(([what, more]) => element('p', {}, element('strong', {}, what), ` ${more}`)),
  );
}

/** @param {string} name @param {string} value @param {'good' | 'bad'} [look] */
function vital(name, value, look) {
  return element(
    'div',
    { class: look },
    element('dt', {}, name),
    element('dd', { title: value }, value),
  );
}
