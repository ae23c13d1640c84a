import assert from "node:assert/strict";

/** A page that streams over DataChannels, in a process of its own: see `rtc_page.ts`. */
export class RtcPage implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #reader: ReadableStreamDefaultReader<string>;
  #rest = "";

  /** @param picture File, width and height; none: one that is drawn. */
  constructor(origin: string, modelId: string, picture: readonly string[] = []) {
    const script = new URL("rtc_page.ts", import.meta.url).href;
    this.#process = new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "--no-check", "-A", script, origin, modelId, ...picture],
      stdin: "null",
      stdout: "piped",
    }).spawn();
    this.#reader = this.#process.stdout.pipeThrough(new TextDecoderStream()).getReader();
  }

  /** The next line that `picks` takes. */
  async line(picks: (line: string) => boolean = () => true): Promise<string> {
    for (;;) {
      const end = this.#rest.indexOf("\n");
      if (end === -1) {
        const { value, done } = await this.#reader.read();
        assert.ok(!done, "The page has ended");
        this.#rest += value;
        continue;
      }
      const line = this.#rest.slice(0, end);
      this.#rest = this.#rest.slice(end + 1);
      if (picks(line)) return line;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.#reader.cancel();
    await this.#process.status;
  }
}
