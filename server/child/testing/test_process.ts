import { decodeIpc, encodeIpc, type Message } from "../ipc.ts";

/** A message, and what came with it. */
export type Received<From> = From & { readonly binary: Uint8Array };

/** One of our processes apart, spoken with as the server does. */
export class TestProcess<To extends Message, From extends Message> implements AsyncDisposable {
  readonly received: Received<From>[] = [];
  readonly process: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #reading: Promise<void>;
  readonly #listeners = new Set<(message: Received<From>) => void>();

  /** @param args Of Deno. */
  constructor(args: readonly string[], env: Record<string, string> = {}) {
    const io = { stdin: "piped", stdout: "piped" } as const;
    this.process = new Deno.Command(Deno.execPath(), { args: [...args], env, ...io }).spawn();
    this.#writer = this.process.stdin.getWriter();
    this.#reading = this.#read();
  }

  /** Sends a message; resolves when the pipe has it. */
  async send(message: To, binary?: Uint8Array): Promise<void> {
    await this.sendBytes(encodeIpc(message, binary));
  }

  /** Sends what need not be a message. */
  async sendBytes(bytes: Uint8Array): Promise<void> {
    await this.#writer.write(bytes);
  }

  /** Calls back for each message from now on, until the answer is called. */
  listen(listener: (message: Received<From>) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The first message, past (from `since` on) or to come, for which `pick` gives something. */
  async next<T>(
    pick: (message: Received<From>) => T | undefined | false,
    { since = 0, timeoutMs = 15_000 } = {},
  ): Promise<T> {
    for (const message of this.received.slice(since)) {
      const found = pick(message);
      if (found !== undefined && found !== false) return found;
    }
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const timer = setTimeout(() => {
      const texts = this.received.filter(({ kind }) => kind !== "heartbeat" && kind !== "frame")
        .slice(-20).map((message) => JSON.stringify(message).slice(0, 200));
      reject(new Error(`Nothing came in time; the last: ${texts.join("\n")}`));
    }, timeoutMs);
    const stop = this.listen((message) => {
      const found = pick(message);
      if (found !== undefined && found !== false) resolve(found);
    });
    return await promise.finally(() => {
      clearTimeout(timer);
      stop();
    });
  }

  /** The first message of a kind, from `since` on. */
  async kind<K extends From["kind"]>(
    kind: K,
    since = 0,
  ): Promise<Extract<From, { readonly kind: K }>> {
    return await this.next(
      (message) =>
        message.kind === kind && (message as unknown as Extract<From, { readonly kind: K }>),
      { since },
    );
  }

  /** Ends the process as the server does: by closing its input. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writer.close().catch(() => undefined);
    await this.process.status;
    await this.#reading;
  }

  async #read(): Promise<void> {
    for await (const { json, binary } of decodeIpc<From>(this.process.stdout)) {
      const message = { ...json, binary };
      this.received.push(message);
      for (const listener of [...this.#listeners]) listener(message);
    }
  }
}
