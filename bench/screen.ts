/** Progress: on a terminal one line that is written over; nothing takes it away. */
export function note(text: string): void {
  const line = Deno.stderr.isTerminal() ? `\r\x1b[K${text}` : text === "" ? "" : `${text}\n`;
  Deno.stderr.writeSync(new TextEncoder().encode(line));
}

/** Prints, and answers the exit code. */
export function say(
  stream: typeof Deno.stdout | typeof Deno.stderr,
  text: string,
  code: number,
): number {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length;) at += stream.writeSync(bytes.subarray(at));
  return code;
}
