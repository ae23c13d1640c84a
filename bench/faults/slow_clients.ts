/** Clients that hold connections without saying anything whole: slowloris, and its likes. */
import { startServer } from "../server.ts";
import { type FaultCase, type FaultContext, tally } from "./fault_case.ts";
import { openRaw, RawSocket, upgradeText } from "../raw_socket.ts";
import { newRoom, RawPeer } from "../room_client.ts";
import { quantile } from "../../client/base/quantiles.ts";

/** Together fewer than there may be connections: that bound is not what is tried here. */
const EACH = 150;

/** They go on for so long. */
const HOLD_MS = 45_000;

/** A byte of each now and then. */
const DRIP_MS = 1_000;

/** How somebody is slow. */
const KINDS: Readonly<Record<string, (port: number, localAddress: string) => Promise<Slow>>> = {
  "HTTP head, byte by byte": async (port, localAddress) => {
    const socket = await RawSocket.open({ port, localAddress });
    const text = `GET / HTTP/1.1\r\nHost: localhost:${port}\r\nX-Slow: ${"x".repeat(200)}`;
    return { socket, bytes: text };
  },
  "HTTP body, byte by byte": async (port, localAddress) => {
    const socket = await RawSocket.open({ port, localAddress });
    await socket.write(
      `POST /api/link/stream HTTP/1.1\r\nHost: localhost:${port}\r\nOrigin: http://localhost:${port}\r\n` +
        "Content-Length: 5000\r\n\r\n",
    );
    return { socket, bytes: "{".repeat(200) };
  },
  "WebSocket handshake, byte by byte": async (port, localAddress) => {
    const socket = await RawSocket.open({ port, localAddress });
    return { socket, bytes: upgradeText({ port }).slice(0, -4) };
  },
  "WebSocket that never joins": async (port, localAddress) => {
    const { socket } = await openRaw({ port, localAddress });
    return { socket, bytes: "" };
  },
  "WebSocket frame, byte by byte": async (port, localAddress) => {
    const { socket } = await openRaw({ port, localAddress });
    return { socket, bytes: "\x82\xfe\x20\x00" + "\0".repeat(200) };
  },
};

/** A connection, and what drips into it. */
interface Slow {
  readonly socket: RawSocket;
  readonly bytes: string;
}

/** See {@linkcode FaultCase}. */
export const slowClients: FaultCase = {
  name: "slow-clients",
  title: "Slowloris on HTTP and WebSocket",
  limitS: 240,
  needs: null,
  async run({ stack, progress }: FaultContext) {
    const { ports } = stack.use(
      await startServer({
        env: { "PEERLENS_JOINS_PER_SECOND": "1000", "PEERLENS_OPEN_FILES": "8192" },
      }),
    );
    const quiet = await timesOf(ports.http, 40, progress.check);
    const answers: Record<string, number> = {};
    const slow: { kind: string; client: Slow; at: number }[] = [];
    stack.defer(() => slow.forEach(({ client }) => client.socket.close()));
    for (const [index, [kind, open]] of Object.entries(KINDS).entries()) {
      for (let i = 0; i < EACH; i++) {
        // Addresses in turn: the bounds of a single one are not what is tried here.
        const localAddress = `127.0.${10 + index}.${1 + i % 50}`;
        slow.push({ kind, client: await open(ports.http, localAddress), at: 0 });
      }
    }
    const endMs = performance.now() + HOLD_MS;
    const drip = setInterval(() => {
      for (const entry of slow) {
        const byte = entry.client.bytes[entry.at++];
        if (byte !== undefined) void entry.client.socket.write(Uint8Array.of(byte.charCodeAt(0)));
      }
    }, DRIP_MS);
    stack.defer(() => clearInterval(drip));
    progress.step(`${slow.length} slow clients for ${HOLD_MS / 1000} s`);
    const busy: number[] = [];
    const violations: string[] = [];
    while (performance.now() < endMs) {
      try {
        busy.push(...await timesOf(ports.http, 5, progress.check));
      } catch (error) {
        violations.push(
          `another client was not served: ${error instanceof Error ? error.message : error}`,
        );
        break;
      }
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    for (const { kind, client } of slow) tally(answers, `${kind}: ${await stateOf(client.socket)}`);
    for (const kind of Object.keys(KINDS).filter((name) => answers[`${name}: held`])) {
      violations.push(`${kind}: ${answers[`${kind}: held`]} not told to go in ${HOLD_MS / 1000} s`);
    }
    return {
      tried: slow.length,
      what: Object.keys(KINDS).join("; "),
      answers,
      lost: violations.length === 0
        ? "nothing: others join and are served meanwhile"
        : "see violations",
      recoveryMs: [],
      violations,
      figures: {
        "quiet_p50_ms": quantile(quiet, 0.5),
        "busy_p50_ms": quantile(busy, 0.5),
        "busy_p99_ms": quantile(busy, 0.99),
      },
    };
  },
};

/**
 * `told`: the app has answered or closed its half; the runtime lets go of the connection only when
 * the other end does so too. `held`: the app waits for more.
 */
async function stateOf(socket: RawSocket): Promise<"closed" | "told" | "held"> {
  if (socket.ended) return "closed";
  const anything = await socket.read(
    (bytes) => bytes.length === 0 ? null : { value: true, length: bytes.length },
    0,
  );
  return anything === null ? "held" : "told";
}

/** How long somebody else waits for a page, and for a room. */
async function timesOf(port: number, count: number, check: () => void): Promise<number[]> {
  const times: number[] = [];
  for (let i = 0; i < count; i++) {
    check();
    const startedMs = performance.now();
    const answer = await fetch(`http://localhost:${port}/healthz`, {
      signal: AbortSignal.timeout(3_000),
    });
    await answer.arrayBuffer();
    const { peer } = await RawPeer.join(
      { port, localAddress: "127.0.0.9" },
      await newRoom(),
      "owner",
    );
    peer.close();
    times.push(performance.now() - startedMs);
  }
  return times;
}
