import { compose, docker } from "./engine.ts";
import { answersOk, until } from "../until.ts";

/** One service of the compose file, as long as it is held. */
export interface Running extends AsyncDisposable {
  readonly id: string;
  /** Time from the start until `/readyz` said yes, ms. */
  readonly readyMs: number;
  /** For the computer that runs it. */
  readonly httpUrl: string;
  /** What it wrote, both streams. */
  log(): Promise<string>;
  /** Waits for the engine's own word. @throws {Error} If it calls it unhealthy. */
  healthy(): Promise<void>;
  /** Sends SIGTERM and waits for the end of its processes, ms. @throws {Error} If its status is not 0. */
  stop(): Promise<number>;
}

/** How it is started. */
export interface RunningOptions {
  readonly service: "peerlens" | "bridge";
  readonly port: number;
  readonly env: Readonly<Record<string, string>>;
}

const READY_MS = 60_000;
const LOOK_MS = 50;

/** Starts a service as the compose file has it: read-only, without root, without capabilities. */
export async function startService({ service, port, env }: RunningOptions): Promise<Running> {
  await using stack = new AsyncDisposableStack();
  stack.defer(async () => void await compose(["down", "--volumes", "--timeout", "2"], { env }));
  const startMs = performance.now();
  await compose(["up", "--detach", "--no-build", service], { env });
  const id = (await compose(["ps", "--quiet", service], { env })).split("\n")[0]!;
  const httpUrl = `http://localhost:${port}`;
  const log = () => docker(["logs", id]);
  const why = async () => `${httpUrl} did not get ready in ${READY_MS} ms: ${await log()}`;
  await until(() => answersOk(`${httpUrl}/readyz`), why, { timeoutMs: READY_MS, everyMs: LOOK_MS });
  const readyMs = performance.now() - startMs;
  const all = stack.move();
  return {
    id,
    readyMs,
    httpUrl,
    log,
    async healthy() {
      for (;;) {
        const health = await docker(["inspect", id, "--format", "{{.State.Health.Status}}"]);
        if (health === "healthy") return;
        if (health !== "starting") throw new Error(`The container is ${health}: ${await log()}`);
        await new Promise((resolve) => setTimeout(resolve, 500));
      }
    },
    async stop() {
      // Else the engine would start it again.
      await docker(["update", "--restart", "no", id]);
      const beganMs = Date.now();
      await docker(["kill", "--signal", "TERM", id]);
      const code = await docker(["wait", id]);
      // By the engine's word, which is of the same clock: after it, it takes ports and devices down.
      const ended = await docker(["inspect", id, "--format", "{{.State.FinishedAt}}"]);
      const tookMs = Date.parse(ended) - beganMs;
      if (code !== "0") throw new Error(`The container ended with status ${code}: ${await log()}`);
      return tookMs;
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

/**
 * Starts the image without any network and asks its own health check.
 * @throws {Error} If it does not come up: it wants something from outside.
 */
export async function startsWithoutNetwork(image: string): Promise<void> {
  const hardened = ["--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges"];
  const id = await docker([
    ...["run", "--detach", "--network", "none", ...hardened, "--env", "MODE=server", image],
  ]);
  try {
    for (let look = 0;; look++) {
      const check = await healthCheck(id).then(() => null, (error: Error) => error);
      if (check === null) return;
      if (look === 60) throw check;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  } finally {
    await docker(["rm", "--force", "--volumes", id]);
  }
}

async function healthCheck(id: string): Promise<void> {
  const text = await docker(["inspect", id, "--format", "{{json .Config.Healthcheck.Test}}"]);
  const [, ...command]: string[] = JSON.parse(text);
  await docker(["exec", id, ...command]);
}
