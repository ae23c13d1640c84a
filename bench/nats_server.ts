import assert from "node:assert/strict";
import { freePort } from "./free_port.ts";

/** NATS servers of our own, of Debian's package. Imports no more than it must: browser tests use it too. */
export interface NatsServer extends AsyncDisposable {
  /** For `--nats`. */
  readonly url: string;
  readonly port: number;
  /** Of its process; `null`: it does not run. */
  readonly pid: number | null;
  /** All that it has logged since its first start. */
  log(): string;
  /** Sends its process a signal, and waits for its end where that ends it. */
  signal(signal: Deno.Signal): Promise<void>;
  /** Starts it again on its port, after it ended. */
  start(): Promise<void>;
}

/** How servers are started. */
export interface NatsOptions {
  /** Lines of their configuration, for each. */
  readonly lines?: readonly string[];
  /** Address to listen on. @default {"127.0.0.1"} */
  readonly address?: string;
  /** @default {"nats"} */
  readonly scheme?: "nats" | "tls";
}

const PROGRAM = "nats-server";
/** Debian's place for it, which is not on everybody's `PATH`. */
const FALLBACK = `/usr/sbin/${PROGRAM}`;
const START_MS = 15_000;
const ASK_MS = 25;

/** Whether the machine has `nats-server`. */
export async function hasNats(): Promise<boolean> {
  return await programPath() !== null;
}

/** Starts one server. */
export async function startNats(options: NatsOptions = {}): Promise<NatsServer> {
  const [server] = await startNatsCluster(1, options);
  return server!;
}

/** Starts so many servers that know each other: what is sent to one reaches who listens at another. */
export async function startNatsCluster(
  count: number,
  options: NatsOptions = {},
): Promise<NatsServer[]> {
  const address = options.address ?? "127.0.0.1";
  const places = Array.from({ length: count }, () => ({
    port: freePort(address),
    clusterPort: freePort(address),
  }));
  const routes = places.map(({ clusterPort }) => `nats-route://${address}:${clusterPort}`);
  const started = await Promise.all(places.map(async ({ port, clusterPort }, index) => {
    const cluster = count === 1 ? [] : [
      `server_name: n${index}`,
      `cluster { name: test, listen: "${address}:${clusterPort}", routes: [${
        routes.map((route) => `"${route}"`).join(", ")
      }] }`,
    ];
    const server = new Server(options.scheme ?? "nats", address, port, [
      `listen: "${address}:${port}"`,
      ...cluster,
      ...(options.lines ?? []),
    ]);
    await server.start();
    return server;
  }));
  // Each names the others once it has a way to them.
  for (const server of count === 1 ? [] : started) {
    await server.untilLogs((log) =>
      (log.match(/Route connection created/g) ?? []).length >= count - 1
    );
  }
  return started;
}

class Server implements NatsServer {
  readonly url: string;
  readonly port: number;
  readonly #address: string;
  readonly #lines: readonly string[];
  #folder: string | null = null;
  #child: Deno.ChildProcess | null = null;
  #reading: Promise<void> = Promise.resolve();
  #log = "";

  constructor(scheme: string, address: string, port: number, lines: readonly string[]) {
    // Certificates are checked by names.
    this.url = `${scheme}://${scheme === "tls" ? "localhost" : address}:${port}`;
    this.port = port;
    this.#address = address;
    this.#lines = lines;
  }

  get pid(): number | null {
    return this.#child?.pid ?? null;
  }

  log(): string {
    return this.#log;
  }

  async start(): Promise<void> {
    assert.equal(this.#child, null, "It runs already");
    const program = await programPath();
    assert.ok(program !== null, `no ${PROGRAM} on this machine`);
    this.#folder ??= await Deno.makeTempDir({ prefix: "peerlens-nats-" });
    const path = `${this.#folder}/nats.conf`;
    // In a file: arguments of a process, everybody can read.
    await Deno.writeTextFile(path, `${this.#lines.join("\n")}\n`, { mode: 0o600 });
    const from = this.#log.length;
    const child = new Deno.Command(program, {
      args: ["-c", path],
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    this.#child = child;
    this.#reading = this.#read(child);
    await this.untilLogs((log) => log.slice(from).includes("Server is ready"));
    await this.#untilListens();
  }

  async signal(signal: Deno.Signal): Promise<void> {
    const child = this.#child;
    assert.ok(child !== null, "It does not run");
    child.kill(signal);
    if (signal === "SIGSTOP" || signal === "SIGCONT") return;
    await child.status;
    await this.#reading;
    this.#child = null;
  }

  async untilLogs(holds: (log: string) => boolean): Promise<void> {
    const startMs = performance.now();
    while (!holds(this.#log)) {
      assert.ok(performance.now() - startMs < START_MS, `nats-server: ${this.#log.slice(-2000)}`);
      await new Promise((resolve) => setTimeout(resolve, ASK_MS));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child !== null) await this.signal("SIGKILL");
    if (this.#folder !== null) await Deno.remove(this.#folder, { recursive: true });
    this.#folder = null;
  }

  async #untilListens(): Promise<void> {
    const startMs = performance.now();
    for (;;) {
      try {
        (await Deno.connect({ hostname: this.#address, port: this.port })).close();
        return;
      } catch {
        assert.ok(performance.now() - startMs < START_MS, "nats-server does not listen");
        await new Promise((resolve) => setTimeout(resolve, ASK_MS));
      }
    }
  }

  async #read(child: Deno.ChildProcess): Promise<void> {
    for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) this.#log += text;
  }
}

async function programPath(): Promise<string | null> {
  for (const path of [PROGRAM, FALLBACK]) {
    try {
      await new Deno.Command(path, { args: ["--version"], stdout: "null", stderr: "null" })
        .output();
      return path;
    } catch {
      // Not this one.
    }
  }
  return null;
}
