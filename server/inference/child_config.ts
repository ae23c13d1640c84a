import type { ExecutionProvider } from "../base/config.ts";
import type { RtcPlace } from "../rtc/rtc_config.ts";
import type { Layout } from "./calibration.ts";

/**
 * How Deno runs the inference process, before its permissions. V8 collects what frames leave behind
 * sooner: 90 MB in place of 140 after 400 frames, and no stage takes longer.
 */
export const CHILD_FLAGS = ["--quiet", "--v8-flags=--optimize-for-size"] as const;

/**
 * What the inference process is told at its start: one JSON text, its only argument. Which models
 * there are it is told in its first message: names of thousands of classes are no argument.
 */
export interface ChildConfig extends RtcPlace {
  /** Folders in which models are, or will be. */
  readonly modelFolders: readonly string[];
  readonly executionProvider: ExecutionProvider;
  readonly maxStreams: number;
  /** CPU threads over all sessions. @default {the CPUs of this computer} */
  readonly threads?: number;
  /** What an earlier process of the same configuration found; `null`: nothing yet. */
  readonly layout?: Layout | null;
}

/**
 * Reads {@linkcode ChildConfig} from the command line. Its writer is ours and of this version, so
 * only that it is there is checked.
 * @throws {TypeError} If it is missing.
 */
export function readChildConfig(args: readonly string[]): ChildConfig {
  const [text] = args;
  if (text === undefined) throw new TypeError("Cannot start inference: no configuration given");
  return JSON.parse(text);
}
