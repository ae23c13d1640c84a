/** Takes one line for each change of life cycle; never a token, an SDP or a candidate. */
export type Log = (line: string) => void;

/** The browser's console: the only place of the client that may write to it. */
export const consoleLog: Log = (line) => {
  // deno-lint-ignore no-console
  console.info(`[peerlens] ${line}`);
};
