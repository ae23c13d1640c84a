/** What all benches share as commands: flags, help, and how they end. */
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { INTERRUPTED, InterruptedError } from "./interrupt.ts";
import { note, say } from "./screen.ts";

/** A flag or argument that cannot be understood, as a sentence. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** What the text behind a flag means. @throws {UsageError} Naming the flag. */
export type Reader<T> = (value: string, flag: string) => T;

/** Flags by their names without dashes; `null`: one without a value. */
type Flags = Readonly<Record<string, Reader<unknown> | null>>;

/** What was given; a flag without a value is `true`. */
export type Given<F extends Flags> = {
  readonly [Name in keyof F]?: F[Name] extends Reader<infer T> ? T : true;
};

/** What a bench understands. */
export interface Command<F extends Flags> {
  readonly help: string;
  readonly flags: F;
  /** Arguments without dashes are taken too. @default {false} */
  readonly takesNames?: boolean;
}

/**
 * Reads `--name value` and `--name=value`; `null` when help is asked for.
 * @throws {UsageError} Naming what is not understood.
 */
export function readFlags<F extends Flags>(
  args: readonly string[],
  { flags, takesNames = false }: Command<F>,
): { readonly given: Given<F>; readonly names: readonly string[] } | null {
  const options = Object.fromEntries(
    Object.entries(flags).map(([name, read]) => [
      name,
      { type: read === null ? "boolean" as const : "string" as const },
    ]),
  );
  // Not strict: its own sentences are about code rather than about flags.
  const { tokens } = parseArgs({ args: [...args], options, strict: false, tokens: true });
  const given: Record<string, unknown> = {};
  const names: string[] = [];
  for (const token of tokens) {
    if (token.kind === "positional" && takesNames) names.push(token.value);
    if (token.kind === "positional" && !takesNames) {
      throw new UsageError(`Cannot understand ${token.value}`);
    }
    if (token.kind !== "option") continue;
    const { name, rawName: flag, value } = token;
    if (flag === "--help" || flag === "-h") return null;
    if (!Object.hasOwn(flags, name) || flag !== `--${name}`) {
      throw new UsageError(`Cannot understand ${flag}`);
    }
    const read = flags[name];
    if (!read && value !== undefined) throw new UsageError(`${flag} takes no value`);
    if (read && !value) throw new UsageError(`${flag} needs a value`);
    given[name] = read ? read(value!, flag) : true;
  }
  return { given: given as Given<F>, names };
}

/**
 * Runs a bench by its arguments and says how it went.
 * @param work Answers what to print, and a code if it is not 0.
 * @returns The exit code: 0, what `work` answers, 1 when something could not be measured, 2 when the
 * arguments are not understood, 130 after Ctrl+C.
 */
export async function runCommand<F extends Flags>(
  args: readonly string[],
  command: Command<F>,
  work: (
    given: Given<F>,
    names: readonly string[],
  ) => Promise<string | { readonly text: string; readonly code: number }>,
): Promise<number> {
  try {
    const read = readFlags(args, command);
    if (read === null) return say(Deno.stdout, command.help, 0);
    const answer = await work(read.given, read.names);
    note("");
    if (typeof answer === "string") return say(Deno.stdout, answer, 0);
    return say(Deno.stdout, answer.text, answer.code);
  } catch (error) {
    if (error instanceof UsageError) {
      return say(Deno.stderr, `${error.message}\n\n${command.help}`, 2);
    }
    note("");
    const code = error instanceof InterruptedError ? INTERRUPTED : 1;
    return say(Deno.stderr, `${error instanceof Error ? error.message : error}\n`, code);
  }
}

/** Any text. */
export function text(value: string): string {
  return value;
}

/** Reads numbers of a range, with or without their unit behind them. */
export function number(least: number, most: number, unit = ""): Reader<number> {
  return (value, flag) => {
    const bare = unit !== "" && value.endsWith(unit) ? value.slice(0, -unit.length) : value;
    const found = /^\d+(\.\d+)?$/.test(bare) ? Number(bare) : NaN;
    if (found >= least && found <= most) return found;
    throw new UsageError(`${flag} takes numbers from ${least} to ${most}: ${value}`);
  };
}

/** As {@linkcode number}, without fractions. */
export function wholeNumber(least: number, most: number, unit = ""): Reader<number> {
  return (value, flag) => {
    const found = number(least, most, unit)(value, flag);
    if (Number.isInteger(found)) return found;
    throw new UsageError(`${flag} takes whole numbers: ${value}`);
  };
}

/** One of some words. */
export function oneOf<const T extends string>(...known: readonly T[]): Reader<T> {
  return (value, flag) => {
    const found = known.find((each) => each === value);
    if (found !== undefined) return found;
    throw new UsageError(`${flag} is one of ${known.join(", ")}: ${value}`);
  };
}

/** Several of a kind, with commas between. */
export function listOf<T>(read: Reader<T>): Reader<T[]> {
  return (value, flag) => value.split(",").map((each) => read(each, flag));
}

/** Files are named from where the command was given, which need not be where its task runs. */
export function namedFromHere<
  C extends { readonly output: string; readonly video: string | null },
>(config: C): C {
  const { output, video } = config;
  return { ...config, output: fromHere(output), video: video === null ? null : fromHere(video) };
}

/** The path of a file that a command was given. */
export function fromHere(path: string): string {
  const { PEERLENS_BENCH_FOLDER, INIT_CWD } = Deno.env.toObject();
  return resolve(PEERLENS_BENCH_FOLDER ?? INIT_CWD ?? Deno.cwd(), path);
}
