import { connect } from "node:net";

/** The repository's root, without a slash at its end. */
export const ROOT = new URL("..", import.meta.url).pathname.replace(/\/$/, "");

/** Folders with further models that this process was given. */
export const OTHER_MODELS = Deno.env.get("PEERLENS_MODELS") ?? "";

/** How the app is started. */
export interface ServerOptions {
  /** Further flags of `./start.sh`. */
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Folders with further models. @default {""}: those of the repository alone */
  readonly models?: string;
  /** On which it listens. @default {"127.0.0.1"} */
  readonly host?: string;
  /** Folder of the installation to start. @default {ROOT} */
  readonly root?: string;
  /** Draws the QR code into its output, and writes the link that it holds. @default {false} */
  readonly showsQr?: boolean;
}

/** The app, started as a person starts it, listening on this machine only. */
export interface RigServer extends AsyncDisposable {
  readonly ports: { readonly http: number; readonly https: number };
  /** For the computer that runs it, such as `http://localhost:49152`. */
  readonly httpUrl: string;
  /** For everybody else, such as `https://localhost:49153`. */
  readonly httpsUrl: string;
  /** All that it has written so far, both streams. */
  output(): string;
  /** Ends it; SIGTERM unless told. @throws {Error} If it is late, has a status or leaves something. */
  stop(signal?: Deno.Signal): Promise<void>;
  /** Sends the server's own process a signal, and waits for the end of all of it where it ends by that. */
  signal(signal: Deno.Signal): Promise<void>;
  /** Starts it again on the same ports with the same data. */
  start(): Promise<void>;
}

// A first start also builds the client and compresses the runtime.
const READY_MS = 120_000;

// What the app promises for SIGINT and SIGTERM.
const STOP_MS = 2_000;

let started = 0;

/**
 * Starts the app on free ports with an empty data folder, and waits until it is ready.
 * @throws {Error} If it ends or does not get ready; the message holds its output.
 */
export async function startServer(options: ServerOptions = {}): Promise<RigServer> {
  const dataDir = `${ROOT}/.data/rig-${Deno.pid}-${started++}`;
  let ports = { http: 0, https: 0 };
  let child: AppProcess | undefined;
  const before: string[] = [];

  async function start(): Promise<void> {
    child = await AppProcess.start({ ...options, ports, dataDir });
    ports = child.ports;
  }

  async function stop(signal: Deno.Signal = "SIGTERM"): Promise<void> {
    const ending = child;
    child = undefined;
    if (!ending) return;
    before.push(ending.output);
    await ending.stop(signal);
    for (const port of [ports.http, ports.https]) {
      if (await isOpen(port)) throw new Error(`Cannot stop server: port ${port} still answers`);
    }
  }

  async function sendSignal(signal: Deno.Signal): Promise<void> {
    const sentTo = child;
    if (sentTo === undefined) throw new Error("Cannot signal server: it does not run");
    Deno.kill(sentTo.pid, signal);
    if (signal !== "SIGKILL") return;
    child = undefined;
    before.push(sentTo.output);
    await sentTo.ended();
  }

  await start();
  return {
    get ports() {
      return ports;
    },
    get httpUrl() {
      return `http://localhost:${ports.http}`;
    },
    get httpsUrl() {
      return `https://localhost:${ports.https}`;
    },
    output: () => before.join("") + (child?.output ?? ""),
    start,
    stop,
    signal: sendSignal,
    async [Symbol.asyncDispose]() {
      await stop();
      await Deno.remove(dataDir, { recursive: true }).catch(() => {});
    },
  };
}

/** One run of the app. */
class AppProcess {
  output = "";
  ports = { http: 0, https: 0 };
  /** Of the server itself, which its launcher has started. */
  pid = 0;
  readonly #child: Deno.ChildProcess;
  readonly #streams: Promise<unknown>;

  private constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.#streams = Promise.all([child.stdout, child.stderr].map(async (stream) => {
      const decoder = new TextDecoder();
      for await (const chunk of stream) this.output += decoder.decode(chunk, { stream: true });
    }));
  }

  static async start(
    { ports, dataDir, flags = [], env, models = "", host = "127.0.0.1", root = ROOT, showsQr }:
      & ServerOptions
      & { ports: { http: number; https: number }; dataDir: string },
  ): Promise<AppProcess> {
    const numbers = ["--port", String(ports.http), "--https-port", String(ports.https)];
    const child = new Deno.Command(`${root}/start.sh`, {
      args: ["--host", host, ...numbers, ...(showsQr ? [] : ["--no-qr"]), ...flags],
      cwd: root,
      env: { PEERLENS_DATA_DIR: dataDir, PEERLENS_MODELS: models, ...env },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const app = new AppProcess(child);
    await app.#ready();
    return app;
  }

  /** Waits for the log line that names the ports, then for `/healthz`. */
  async #ready(): Promise<void> {
    let ended = false;
    this.#child.status.then(() => ended = true);
    const deadline = performance.now() + READY_MS;
    while (performance.now() < deadline && !ended) {
      const line = /^\{.*"event":"listening".*\}$/m.exec(this.output)?.[0];
      if (line) {
        const { http, https, pid } = JSON.parse(line);
        this.ports = { http, https };
        this.pid = pid;
        const answer = await fetch(`http://localhost:${http}/healthz`).catch(() => undefined);
        await answer?.body?.cancel();
        if (answer?.ok) return;
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    if (!ended) this.#child.kill("SIGKILL");
    throw new Error(`Cannot start server: it ${ended ? "ended" : "is not ready"}: ${this.output}`);
  }

  /** Whatever its status is. */
  async ended(): Promise<void> {
    await this.#child.status;
    await this.#streams;
  }

  async stop(how: Deno.Signal): Promise<void> {
    const startedMs = performance.now();
    const kill = setTimeout(() => this.#child.kill("SIGKILL"), STOP_MS * 5);
    try {
      this.#child.kill(how);
    } catch {
      // It has ended: Ctrl+C in a terminal goes to every process.
    }
    const { code, signal } = await this.#child.status;
    clearTimeout(kill);
    const tookMs = Math.round(performance.now() - startedMs);
    // Ends only when every process that holds the streams has ended: nothing is left behind.
    await this.#streams;
    if (code !== 0) {
      throw new Error(`Cannot stop server: status ${code}, signal ${signal}: ${this.output}`);
    }
    if (tookMs > STOP_MS) throw new Error(`Cannot stop server in ${STOP_MS} ms: took ${tookMs} ms`);
  }
}

/** Whether something listens on a port of this machine. */
function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
