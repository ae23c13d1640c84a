import {
  type Cli,
  type Command,
  CommandError,
  type CommandLine,
  parseArgs,
  UsageError,
} from "./cli.ts";
import { add } from "./commands/add.ts";
import { bench } from "./commands/bench.ts";
import { list } from "./commands/list.ts";
import { pull } from "./commands/pull.ts";
import { remove } from "./commands/remove.ts";
import { verify } from "./commands/verify.ts";
import { diskFault } from "../server/base/kept_file.ts";
import { LocalStateError } from "./local_state.ts";
import { HOME } from "./manifest.ts";

/**
 * ENTRY of `deno task models`.
 *
 * @module
 */

const COMMANDS: Readonly<Record<string, Command>> = { list, pull, verify, add, remove, bench };

/** What a shell says for a program that Ctrl+C ended. */
const INTERRUPTED = 130;

/** Runs a command. @returns The exit code: 0, 1 when it failed, 2 when it was not understood. */
export async function runModels(args: readonly string[], cli: Cli): Promise<number> {
  const [name = "--help", ...rest] = args;
  if (name === "--help" || name === "-h" || name === "help") {
    cli.say(helpText());
    return 0;
  }
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  try {
    if (command === undefined) throw new UsageError(`Unknown command: ${name}`);
    const parsed = parseArgs(rest, command);
    if (parsed !== null) return await command.run(parsed, cli);
    cli.say(commandHelp(name, command));
    return 0;
  } catch (error) {
    if (error instanceof UsageError) {
      cli.note(`${error.message}\n\n${command ? commandHelp(name, command) : helpText()}`);
      return 2;
    }
    cli.note(`${wordsOf(error)}\n`);
    return cli.signal.aborted ? INTERRUPTED : 1;
  }
}

/** @throws The error, if it is none that a person could put right. */
function wordsOf(error: unknown): string {
  if (error instanceof CommandError || error instanceof LocalStateError) return error.message;
  const fault = diskFault(error);
  if (fault !== null) return `Nothing can be changed here: ${fault} (${(error as Error).message}).`;
  throw error;
}

function helpText(): string {
  const lines = Object.entries(COMMANDS).map(([name, { usage, summary }]) =>
    `  ${`${name} ${usage}`.padEnd(16)}${summary}`
  );
  return `Usage: deno task models COMMAND

${lines.join("\n")}

deno task models COMMAND --help says more.

deno task models --json COMMAND writes each thing it says as a line of JSON, for programs.

Environment:
  PEERLENS_MODELS   folders to look in beside models/, separated by "${pathSeparator()}"
`;
}

function commandHelp(name: string, { usage, summary, help }: Command): string {
  return `Usage: deno task models ${`${name} ${usage}`.trim()}${
    help.includes("--") ? " [flags]" : ""
  }\n\n${summary[0]!.toUpperCase()}${summary.slice(1)}.\n\n${help}`;
}

/** The process that this is. @param isJson Whether it speaks to a program. */
function realCli(isJson: boolean): Cli {
  const stop = new AbortController();
  Deno.addSignalListener("SIGINT", () => stop.abort());
  // Windows knows no SIGTERM.
  if (Deno.build.os !== "windows") Deno.addSignalListener("SIGTERM", () => stop.abort());
  const canAsk = !isJson && Deno.stdin.isTerminal() && Deno.stdout.isTerminal();
  const tell = (line: CommandLine) => write(Deno.stdout, `${JSON.stringify(line)}\n`);
  return {
    home: HOME,
    searchPath: (Deno.env.get("PEERLENS_MODELS") ?? "").split(pathSeparator()).filter(Boolean),
    say: (text) => isJson ? tell({ kind: "said", text }) : write(Deno.stdout, text),
    note: (text) => isJson ? tell({ kind: "noted", text }) : write(Deno.stderr, text),
    ...(isJson && { report: tell }),
    isTerminal: !isJson && Deno.stderr.isTerminal(),
    ask: (question, fallback) => canAsk ? prompt(question, fallback ?? undefined) : null,
    signal: stop.signal,
  };
}

function pathSeparator(): string {
  return Deno.build.os === "windows" ? ";" : ":";
}

function write(stream: typeof Deno.stdout | typeof Deno.stderr, text: string): void {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length;) at += stream.writeSync(bytes.subarray(at));
}

if (import.meta.main) {
  const isJson = Deno.args[0] === "--json";
  Deno.exit(await runModels(isJson ? Deno.args.slice(1) : Deno.args, realCli(isJson)));
}
