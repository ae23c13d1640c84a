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
  return `${tool.name} ended (${status})${last === undefined ? "" : `: ${quote(last)}`}`;
}

/** Programs repeat the token that they refuse: what follows such a word is left out. */
function quote(line: string): string {
  return line.replaceAll(/(auth-?token\S*\s*[:=]?\s*)\S+/gi, "$1…").slice(0, MAX_QUOTE_CHARS);
}
