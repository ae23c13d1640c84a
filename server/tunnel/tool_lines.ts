import { stripVTControlCharacters } from "node:util";

/** Longest line that is kept whole; an announcement of an address has some hundred characters. */
export const MAX_LINE_CHARS = 4_096;

/**
 * Cuts what a program writes into lines: holds at most one line, drops what is over its length up to
 * the next line break, and takes colours and control characters out.
 */
export class ToolLines {
  #rest = "";
  readonly #onLine: (line: string) => void;

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  /** Takes the next piece of output, of any size. */
  push(text: string): void {
    const pieces = text.split(/\r?\n|\r/);
    for (const [index, piece] of pieces.entries()) {
      if (index > 0) this.end();
      this.#rest += piece.slice(0, MAX_LINE_CHARS - this.#rest.length);
    }
  }

  /** There is no more. */
  end(): void {
    // deno-lint-ignore no-control-regex -- these very characters are to go
    const line = stripVTControlCharacters(this.#rest).replaceAll(/[\x00-\x1f\x7f-\x9f]/g, " ")
      .trim();
    this.#rest = "";
    if (line !== "") this.#onLine(line);
  }
}
