import { createApp } from "../../app.ts";
import { freePort } from "../../../bench/free_port.ts";
import { type NatsServer, startNats } from "../../../bench/nats_server.ts";
import { loadConfig } from "../../base/config.ts";
import { parseFlags } from "../../base/flags.ts";
import { Bus } from "../../bus/bus.ts";
import { appDeps, listenHere, memoryLog } from "../../testing/helpers.ts";
import type { NodeBus } from "../node_bus.ts";
import { Nodes } from "../nodes.ts";

/** One node in this process, with its own port. */
export interface RigNode extends AsyncDisposable {
  /** `http://127.0.0.1:PORT` */
  readonly origin: string;
  readonly deps: ReturnType<typeof appDeps>;
  readonly nodes: Nodes;
  readonly bus: NodeBus;
  readonly lines: string[];
  /** Ends it as a signal does: pages and other nodes are told. */
  stop(): Promise<void>;
  /** Ends it as a power cut does, for the others: it says nothing more on the bus. */
  die(): Promise<void>;
}

/** Starts a node on a bus. @param end Ends the bus. */
export function startNode(
  bus: NodeBus,
  options: Parameters<typeof appDeps>[0] & { readonly maxLines?: number } = {},
  end: () => Promise<void> = () => Promise.resolve(),
): RigNode {
  const lines: string[] = [];
  const nodes = new Nodes({
    bus,
    clusterSecret: "a-secret-of-the-cluster",
    log: memoryLog(lines),
    ...(options.maxLines !== undefined && { maxLines: options.maxLines }),
  });
  const deps = appDeps({ ...options, lines, nodes });
  const app = createApp(deps);
  nodes.serve((request, connection) => app.fetch(request, connection));
  nodes.start(deps.hub);
  const server = listenHere((request, connection) => app.fetch(request, connection));
  const sweeping = setInterval(() => deps.hub.sweep(), 1_000);
  let isOver = false;
  const stop = async () => {
    if (isOver) return;
    isOver = true;
    clearInterval(sweeping);
    deps.hub.close();
    deps.inference?.gateway.close();
    nodes.close();
    await Promise.all([server.shutdown(), end()]);
  };
  return {
    origin: `http://127.0.0.1:${server.port}`,
    deps,
    nodes,
    bus,
    lines,
    stop,
    async die() {
      await end();
      await stop();
    },
    [Symbol.asyncDispose]: stop,
  };
}

/** Connects to a NATS server, as `--nats` does. */
export async function openBus(url: string): Promise<Bus> {
  const { nats } = loadConfig({ env: {}, flags: parseFlags(["--nats", url]) });
  return await Bus.open({ config: nats!, name: "test", log: memoryLog() });
}

/** Starts a node on a NATS server. */
export async function startNatsNode(
  url: string,
  options: Parameters<typeof appDeps>[0] = {},
): Promise<RigNode> {
  const bus = await openBus(url);
  return startNode(bus, options, () => bus.close());
}

/** Two NATS servers of one cluster, whose only way to each other can be cut. */
export async function startCuttableNats(): Promise<
  AsyncDisposable & {
    readonly urls: readonly [string, string];
    cut(): void;
    heal(): void;
  }
> {
  const clusterPort = freePort();
  const proxy = new CuttableProxy(clusterPort);
  const options = (at: number, routes: string) => ({
    lines: [
      `server_name: c${at}`,
      `cluster { name: test, listen: "127.0.0.1:${at === 0 ? clusterPort : freePort()}", ` +
      `no_advertise: true, connect_retries: 1000, routes: [${routes}] }`,
    ],
  });
  const one: NatsServer = await startNats(options(0, ""));
  const two: NatsServer = await startNats(options(1, `"nats-route://127.0.0.1:${proxy.port}"`));
  await proxy.connected;
  return {
    urls: [one.url, two.url],
    cut: () => proxy.cut(),
    heal: () => proxy.heal(),
    async [Symbol.asyncDispose]() {
      await two[Symbol.asyncDispose]();
      await one[Symbol.asyncDispose]();
      proxy.close();
    },
  };
}

/** Passes TCP on, unless it is cut: then what comes is swallowed, and nobody is told. */
class CuttableProxy {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #conns = new Set<Deno.Conn>();
  readonly #connected = Promise.withResolvers<void>();
  #isCut = false;

  constructor(to: number) {
    void this.#run(to);
  }

  get port(): number {
    return (this.#listener.addr as Deno.NetAddr).port;
  }

  get connected(): Promise<void> {
    return this.#connected.promise;
  }

  cut(): void {
    this.#isCut = true;
  }

  /** What was swallowed is missing in the middle, so the connections of before are of no use. */
  heal(): void {
    this.#isCut = false;
    this.#closeAll();
  }

  close(): void {
    this.#listener.close();
    this.#closeAll();
  }

  #closeAll(): void {
    for (const conn of this.#conns) closeQuietly(conn);
    this.#conns.clear();
  }

  async #run(to: number): Promise<void> {
    for await (const near of this.#listener) {
      try {
        const far = await Deno.connect({ hostname: "127.0.0.1", port: to });
        this.#conns.add(near).add(far);
        void this.#pass(near, far);
        void this.#pass(far, near);
        this.#connected.resolve();
      } catch {
        closeQuietly(near);
      }
    }
  }

  async #pass(from: Deno.Conn, to: Deno.Conn): Promise<void> {
    const buffer = new Uint8Array(64 * 1024);
    try {
      for (;;) {
        const count = await from.read(buffer);
        if (count === null) break;
        for (let at = 0; !this.#isCut && at < count;) {
          at += await to.write(buffer.subarray(at, count));
        }
      }
    } catch {
      // Either end is closed.
    }
    closeQuietly(from);
    closeQuietly(to);
  }
}

function closeQuietly(conn: Deno.Conn): void {
  try {
    conn.close();
  } catch {
    // It is already.
  }
}
