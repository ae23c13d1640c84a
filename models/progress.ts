import type { DownloadProgress } from "./download.ts";

/** Rates are of the time since, so that they follow the network. */
const RATE_WINDOW_MS = 3_000;
const BAR_CHARACTERS = 24;
const LINE_INTERVAL_MS = 100;

/** Says how far a download is, in words for a terminal or for a log. */
export class ProgressLine {
  readonly #name: string;
  readonly #isTerminal: boolean;
  #samples: { readonly atMs: number; readonly bytes: number }[] = [];
  #shownMs = -Infinity;
  #shownTenth = -1;

  constructor(name: string, isTerminal: boolean) {
    this.#name = name;
    this.#isTerminal = isTerminal;
  }

  /**
   * What to write now; `null`: nothing. On a terminal the line is written over, ten times a second at
   * most; elsewhere there is a line for every tenth.
   */
  next({ receivedBytes, totalBytes }: DownloadProgress, nowMs: number): string | null {
    this.#samples.push({ atMs: nowMs, bytes: receivedBytes });
    while (this.#samples.length > 2 && nowMs - this.#samples[0]!.atMs > RATE_WINDOW_MS) {
      this.#samples.shift();
    }
    const isWhole = receivedBytes === totalBytes;
    if (this.#isTerminal) {
      if (!isWhole && nowMs - this.#shownMs < LINE_INTERVAL_MS) return null;
      this.#shownMs = nowMs;
      return `\r\x1b[K${this.#text(receivedBytes, totalBytes)}${isWhole ? "\n" : ""}`;
    }
    // Without a length, a line for every 10 MB.
    const tenth = Math.floor(totalBytes ? receivedBytes / totalBytes * 10 : receivedBytes / 1e7);
    if (tenth <= this.#shownTenth) return null;
    this.#shownTenth = tenth;
    return `${this.#text(receivedBytes, totalBytes)}\n`;
  }

  #text(bytes: number, total: number | null): string {
    const rate = this.#rate();
    const speed = rate === null ? "" : `  ${inMb(rate)} MB/s`;
    if (total === null || total === 0) return `${this.#name}  ${inMb(bytes)} MB${speed}`;
    const share = Math.min(1, bytes / total);
    const filled = Math.round(share * BAR_CHARACTERS);
    const bar = "#".repeat(filled) + ".".repeat(BAR_CHARACTERS - filled);
    const percent = `${Math.floor(share * 100)}`.padStart(3);
    return `${this.#name}  [${bar}] ${percent} %  ${inMb(bytes)} of ${inMb(total)} MB${speed}`;
  }

  /** Bytes a second; `null`: too early to tell. */
  #rate(): number | null {
    const [first] = this.#samples;
    const last = this.#samples.at(-1);
    if (first === undefined || last === undefined || last.atMs <= first.atMs) return null;
    return (last.bytes - first.bytes) / (last.atMs - first.atMs) * 1000;
  }
}

function inMb(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
