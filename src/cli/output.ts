/** What a command came to. @see README, exit codes */
export const exitCodes = {
  done: 0,
  usage: 2,
  skipped: 3,
  refused: 4,
  serverFailed: 5,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

export interface Output {
  /** The one result of a command: a JSON document with --json, lines of text without. */
  result(json: unknown, text: string): void;
  /** Progress and remarks: standard error, so that results can be piped; silent with --json. */
  remark(text: string): void;
}

export function createOutput(options: { readonly json: boolean }): Output {
  return {
    result(json, text) {
      process.stdout.write(options.json ? `${JSON.stringify(json)}\n` : `${text}\n`);
    },
    remark(text) {
      if (!options.json) process.stderr.write(`${text}\n`);
    },
  };
}
