import { type Command, Option } from 'commander';
import { loadSettings, type Settings } from '../config/load-settings.js';
import { asColouriseError, errorKinds } from '../domain/errors.js';
import { createOutput, type ExitCode, type Output } from './output.js';

interface GlobalOptions {
  readonly config?: string;
  readonly json?: boolean;
  /** Of the commands that run networks. */
  readonly provider?: string;
}

export const onProvider = () =>
  new Option(
    '--provider <name>',
    'hardware for the networks; default: that of the settings',
  ).choices(['cpu', 'cuda', 'webgpu']);

/** Whether the result is wanted as one JSON document. */
export function wantsJson(command: Command): boolean {
  return command.optsWithGlobals<GlobalOptions>().json ?? false;
}

/** Runs a command; a fault becomes one line (or JSON), with what to do next. */
export function action(
  run: (settings: Settings, output: Output, command: Command) => Promise<ExitCode>,
): (...commandArguments: unknown[]) => Promise<void> {
  return async (...commandArguments) => {
    const command = commandArguments.at(-1) as Command;
    const { config, provider, json = false } = command.optsWithGlobals<GlobalOptions>();
    const output = createOutput({ json });
    try {
      const settings = loadSettings(config ?? process.env['COLOURISER_CONFIG'], {
        ...process.env,
        ...(provider === undefined ? {} : { COLOURISER_INFERENCE_PROVIDER: provider }),
      });
      process.exitCode = await run(settings, output, command);
    } catch (thrown) {
      process.exitCode = report(thrown, output, json);
    }
  };
}

function report(thrown: unknown, output: Output, json: boolean): ExitCode {
  const error = asColouriseError(thrown);
  const { exit, next } = errorKinds[error.code];
  const { code, message } = error;
  const faults = 'faults' in error ? { faults: error.faults } : {};
  if (json) output.result({ outcome: 'failed', code, reason: message, next, ...faults }, '');
  else process.stderr.write(`${code}: ${message}\n→ ${next}\n`);
  return exit;
}
