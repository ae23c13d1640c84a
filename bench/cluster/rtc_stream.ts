import { ROOT } from "../server.ts";
import type { BulkCounts } from "./bulk_stream.ts";
import { noCounts, type Picture } from "./bulk_stream.ts";

/** A viewer's stream whose frames go over DataChannels, straight to what examines them. */
export class RtcStream implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #lines: ReadableStreamDefaultReader<string>;
  #rest = "";
  counts: BulkCounts = noCounts();

  private constructor(process: Deno.ChildProcess) {
    this.#process = process;
    this.#input = process.stdin.getWriter();
    this.#lines = process.stdout.pipeThrough(new TextDecoderStream()).getReader();
  }

  /** Opens one, by a page in a process of its own. @param path Of the picture's file. */
  static async open(
    { http }: { readonly http: number },
    modelId: string,
    { path, widthPx, heightPx }: Omit<Picture, "jpeg"> & { readonly path: string },
  ): Promise<RtcStream> {
    const script = "server/streams/testing/rtc_page.ts";
    const picture = [path, String(widthPx), String(heightPx), "asked"];
    const process = new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "--quiet", "--no-check", "-A", script],
        ...[`http://127.0.0.1:${http}`, modelId, ...picture],
      ],
      cwd: ROOT,
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    const stream = new RtcStream(process);
    await stream.#line((line) => line === "open");
    return stream;
  }

  /** Has one frame examined. */
  async examine(): Promise<void> {
    await this.#input.write(new Uint8Array([10]));
    const line = await this.#line((line) => /^[\d.]+ \{"frame_id"/.test(line));
    const at = line.indexOf(" ");
    const roundTripMs = Number(line.slice(0, at));
    const { inference_ts, recv_ts } = JSON.parse(line.slice(at + 1));
    this.counts.results += 1;
    this.counts.roundTripsMs.push(roundTripMs);
    this.counts.waysMs.push(roundTripMs - (inference_ts - recv_ts));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.#lines.cancel();
    await this.#process.status;
  }

  async #line(picks: (line: string) => boolean): Promise<string> {
    for (;;) {
      const end = this.#rest.indexOf("\n");
      if (end === -1) {
        const { value, done } = await this.#lines.read();
        if (done) throw new Error("Cannot measure: the page has ended");
        this.#rest += value;
        continue;
      }
      const line = this.#rest.slice(0, end);
      this.#rest = this.#rest.slice(end + 1);
      if (picks(line)) return line;
    }
  }
}
