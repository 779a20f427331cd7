import type { ComponentChildren } from 'preact';
import { count } from '../../shell/format.js';
import type { Status } from '../../shell/status.js';

const stateWords = { ready: 'Ready', starting: 'Starting', degraded: 'Degraded' };
const providerWords = { cpu: 'CPU', cuda: 'CUDA', webgpu: 'WebGPU' };

/** How the service is, in one strip. What is wrong stands above it in words, on every page. */
export function Vitals({ status }: { readonly status: Status }) {
  const { orthanc, queue, rules } = status;
  const model = status.models.find((each) => each.default) ?? status.models[0];
  return (
    <dl class="vitals" id="vitals">
      <Vital name="Service" look={status.state === 'ready' ? 'good' : 'bad'}>
        {stateWords[status.state]}
      </Vital>
      <Vital name="Orthanc" look={orthanc.reachable ? 'good' : 'bad'}>
        {orthanc.reachable ? (orthanc.version ?? 'Reachable') : 'Away'}
      </Vital>
      <Vital name="Queue" look={queue.dead > 0 ? 'bad' : undefined}>
        {queueWords(queue)}
      </Vital>
      <Vital name="Dead letters" look={queue.dead > 0 ? 'bad' : undefined}>
        {count(queue.dead)}
      </Vital>
      <Vital name="Model" look={model ? undefined : 'bad'}>
        {model ? `${model.name} ${model.version}` : 'None'}
      </Vital>
      <Hardware inference={status.inference} />
      <Vital name="Rules" look={rules.fault === undefined ? undefined : 'bad'}>
        {rules.version}
      </Vital>
    </dl>
  );
}

/** With a broker the networks run elsewhere. */
function Hardware({ inference }: { readonly inference: Status['inference'] }) {
  if (inference === undefined) return <Vital name="Runs on">Workers</Vital>;
  const { provider, fallback, device, sessions } = inference;
  const word = device ? `${providerWords[provider]}, ${device.name}` : providerWords[provider];
  const threads = `${count(sessions)} ${sessions === 1 ? 'session' : 'sessions'}`;
  if (fallback === undefined) {
    return (
      <Vital name="Runs on">
        {word}, {threads}
      </Vital>
    );
  }
  return (
    <Vital name="Runs on" look="bad">
      {word} instead of {providerWords[fallback.from]}
    </Vital>
  );
}

function queueWords({ ready, delayed, inFlight }: Status['queue']): string {
  const parts = [
    inFlight > 0 && `${count(inFlight)} in work`,
    ready > 0 && `${count(ready)} waiting`,
    delayed > 0 && `${count(delayed)} delayed`,
  ];
  return parts.filter((part) => part !== false).join(' · ') || 'Empty';
}

interface VitalProps {
  readonly name: string;
  readonly look?: 'good' | 'bad' | undefined;
  readonly children: ComponentChildren;
}

function Vital({ name, look, children }: VitalProps) {
  return (
    <div class={look}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
