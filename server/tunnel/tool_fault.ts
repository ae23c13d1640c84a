import type { TunnelTool } from "./tunnel_tools.ts";

/** Lines that are remembered to say why a program ended. */
export const KEPT_LINES = 20;

/** Longest part of a program's own words in a sentence of ours. */
const MAX_QUOTE_CHARS = 200;

/**
 * Why a program gave up, as a sentence without its full stop: in our words where its last lines are
 * known ones, else its own last line that is not empty talk.
 */
export function faultOf(tool: TunnelTool, status: string, lines: readonly string[]): string {
  for (const line of lines.toReversed()) {
    const known = tool.faults.find(({ pattern }) => pattern.test(line));
    if (known !== undefined) return known.sentence;
  }
  const last = lines.findLast((line) => /err|fail|unable|cannot|refused/i.test(line)) ??
    lines.at(-1);
  return `${tool.name} ended (${status})${last === undefined ? "" : `: ${quote(wordsOf(last))}`}`;
}

/** What to do about a program that is not there, as a sentence without its full stop. */
export function missingText({ name, program, install }: TunnelTool): string {
  const other = name === "ngrok" ? ", or set NGROK_AUTHTOKEN, which does without it" : "";
  return `${program} was not found on PATH: install it (${install})${other}`;
}

/** Of a line of JSON only what it says. */
function wordsOf(line: string): string {
  if (!line.startsWith("{")) return line;
  try {
    const { msg, err }: { msg?: unknown; err?: unknown } = JSON.parse(line);
    return [msg, err].filter((part) => typeof part === "string").join(": ").replaceAll(/\s+/g, " ");
  } catch {
    return line;
  }
}

/** Programs repeat the token that they refuse: what follows such a word is left out. */
function quote(line: string): string {
  return line.replaceAll(/(auth-?token\S*\s*[:=]?\s*)\S+/gi, "$1…").slice(0, MAX_QUOTE_CHARS);
}
