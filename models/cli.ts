import { parseArgs as parse } from "node:util";
import type { Examine } from "./check_process.ts";

/** How a command gets on, for a program. */
export type CommandEvent =
  | {
    readonly kind: "progress";
    readonly receivedBytes: number;
    readonly totalBytes: number | null;
  }
  /** Which model was pulled, added or removed. */
  | { readonly kind: "model"; readonly id: string };

/** A line that a command writes for a program: what it says, and how it gets on. */
export type CommandLine =
  | CommandEvent
  | { readonly kind: "said" | "noted"; readonly text: string };

/** Where the commands of `deno task models` look and speak. */
export interface Cli {
  /** Folder of the manifest; see `loadCatalog`. */
  readonly home: URL;
  /** Folders of `PEERLENS_MODELS`. */
  readonly searchPath: readonly string[];
  /** Results. */
  say(text: string): void;
  /** Progress and notes. */
  note(text: string): void;
  /** Whether notes go to a terminal, where lines can be written over. */
  readonly isTerminal: boolean;
  /** Asks the person in front of a terminal; `null`: there is none, or no answer. */
  ask(question: string, fallback: string | null): string | null;
  /** Ends downloads. */
  readonly signal: AbortSignal;
  /** How `add` has a model tried. @default {in a process apart} */
  readonly examine?: Examine;
  /** For a program that follows the command. @default {nobody is told} */
  report?(event: CommandEvent): void;
}

/** What a command was told. */
export interface CommandArgs {
  readonly positionals: readonly string[];
  readonly flags: Readonly<Record<string, string | true | undefined>>;
}

/** A command of `deno task models`. */
export interface Command {
  /** What follows its name. */
  readonly usage: string;
  /** One line for the list of all commands. */
  readonly summary: string;
  /** All else. */
  readonly help: string;
  /** Flags with a value, or without. */
  readonly flags: Readonly<Record<string, "value" | "switch">>;
  /** How many positional arguments there must be at least, and may be at most. */
  readonly positionals: readonly [number, number];
  /** @returns The exit code. @throws {CommandError} With what a person should know. */
  run(args: CommandArgs, cli: Cli): Promise<number>;
}

/** What ends a command, as sentences for a person; exit code 1. */
export class CommandError extends Error {
  override readonly name = "CommandError";
}

/** Thrown for what a person typed wrong; exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/**
 * Sorts arguments into flags and the rest; `null`: help is asked for.
 * @throws {UsageError} Naming what is not understood.
 */
export function parseArgs(args: readonly string[], command: Command): CommandArgs | null {
  const options = Object.fromEntries(
    Object.entries(command.flags).map(([name, kind]) => [
      name,
      { type: kind === "switch" ? "boolean" as const : "string" as const },
    ]),
  );
  // Not strict: its own sentences are about code rather than about flags.
  const parsed = parse({ args: [...args], options, strict: false, tokens: true });
  const { positionals, tokens } = parsed;
  const flags: Record<string, string | true> = {};
  for (const token of tokens) {
    if (token.kind !== "option") continue;
    const { name, rawName: flag, value, inlineValue } = token;
    if (flag === "--help" || flag === "-h") return null;
    if (!Object.hasOwn(command.flags, name)) throw new UsageError(`Unknown flag: ${flag}`);
    const isSwitch = command.flags[name] === "switch";
    if (isSwitch && inlineValue) throw new UsageError(`${flag} takes no value`);
    if (!isSwitch && (!value || (!inlineValue && value.startsWith("--")))) {
      throw new UsageError(`${flag} needs a value`);
    }
    flags[name] = value ?? true;
  }
  const [least, most] = command.positionals;
  if (positionals.length < least) throw new UsageError(`Missing: ${command.usage}`);
  if (positionals.length > most) throw new UsageError(`Unknown argument: ${positionals[most]}`);
  return { positionals, flags };
}

/** Lines with columns below one another. */
export function tableText(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) =>
    Math.max(...rows.map((cells) => cells[column]!.length))
  );
  return rows.map((cells) =>
    cells.map((cell, column) => cell.padEnd(widths[column]!)).join("  ").trimEnd()
  ).join("\n") + "\n";
}
