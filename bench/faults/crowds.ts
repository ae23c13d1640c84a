/** Many at once: rooms in which nothing happens, and joins in quick succession. */
import { startServer } from "../server.ts";
import { type FaultCase, type FaultContext, type FaultResult, tally } from "./fault_case.ts";
import { quantile } from "../../client/base/quantiles.ts";
import { newRoom, RawPeer } from "../room_client.ts";

/** Two links each: fewer than there may be, see `MAX_SOCKETS`. */
const ROOMS = 350;
const IDLE_MS = 30_000;

/** Pages ping so often. */
const PING_MS = 8_000;

const JOINS_PER_SECOND = 200;
const JOINING_S = 15;

/** See {@linkcode FaultCase}. */
export const idleRooms: FaultCase = {
  name: "idle-rooms",
  title: `${ROOMS} rooms with an idle owner and phone each`,
  limitS: 180,
  needs: null,
  async run({ stack, progress }: FaultContext): Promise<FaultResult> {
    const server = stack.use(
      await startServer({
        env: {
          "PEERLENS_JOINS_PER_SECOND": "1000",
          "PEERLENS_MAX_ROOMS": String(ROOMS + 1),
          "PEERLENS_OPEN_FILES": "8192",
        },
      }),
    );
    const port = server.ports.http;
    const answers: Record<string, number> = {};
    const peers: RawPeer[] = [];
    stack.defer(() => peers.forEach((peer) => peer.close()));
    progress.step(`${ROOMS} rooms`);
    for (let i = 0; i < ROOMS; i++) {
      progress.check();
      const room = await newRoom();
      for (const role of ["owner", "phone"] as const) {
        const { peer } = await RawPeer.join({ port, localAddress: addressOf(i) }, room, role);
        peers.push(peer);
        tally(answers, `${role} joined`);
      }
    }
    const ping = setInterval(
      () => peers.forEach((peer) => peer.send({ type: "ping", nonce: 1 })),
      PING_MS,
    );
    stack.defer(() => clearInterval(ping));
    await progress.during("idle", IDLE_MS, 500);
    clearInterval(ping);
    const times: number[] = [];
    const room = await newRoom();
    for (let i = 0; i < 50; i++) {
      const startedMs = performance.now();
      const { peer } = await RawPeer.join({ port, localAddress: "127.0.0.9" }, room, "owner");
      times.push(performance.now() - startedMs);
      peer.close();
    }
    const health = await (await fetch(`http://localhost:${port}/healthz`)).json();
    const gone = peers.filter(({ socket }) => socket.ended).length;
    const alive = await peers.at(-1)!.isAlive(99);
    return {
      tried: ROOMS,
      what: "rooms with two connections each, which only ping",
      answers,
      lost: gone === 0 && alive ? "nothing" : `${gone} of ${peers.length} connections`,
      recoveryMs: [],
      violations: gone === 0 && alive ? [] : ["idle peers were cut off"],
      figures: {
        "join_p50_ms": quantile(times, 0.5),
        "join_p99_ms": quantile(times, 0.99),
        "longest_stall_ms": health.eventLoop?.maxMs ?? null,
      },
    };
  },
};

/** See {@linkcode FaultCase}. */
export const quickJoins: FaultCase = {
  name: "quick-joins",
  title: `${JOINS_PER_SECOND} joins a second`,
  limitS: 120,
  needs: null,
  async run({ stack, progress }: FaultContext): Promise<FaultResult> {
    const { ports } = stack.use(await startServer({ env: { "PEERLENS_MAX_ROOMS": "100000" } }));
    const answers: Record<string, number> = {};
    const times: number[] = [];
    const started: Promise<void>[] = [];
    const violations: string[] = [];
    const total = JOINS_PER_SECOND * JOINING_S;
    progress.step(`${total} joins`);
    const startMs = performance.now();
    for (let i = 0; i < total; i++) {
      const dueMs = startMs + i * 1000 / JOINS_PER_SECOND;
      const waitMs = dueMs - performance.now();
      if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
      progress.check();
      started.push(joinOnce(ports.http, addressOf(i), times, answers));
    }
    await Promise.all(started);
    const tookS = (performance.now() - startMs) / 1000;
    if ((answers["joined"] ?? 0) < total) {
      violations.push(`only ${answers["joined"] ?? 0} of ${total} joined`);
    }
    // One address alone is held to its bound, and told so.
    for (let i = 0; i < 200; i++) {
      await joinOnce(ports.http, "127.0.0.77", [], answers, "one address: ");
    }
    if (!answers["one address: too-fast"]) violations.push("one address alone was not bounded");
    return {
      tried: total + 200,
      what: "joins of new rooms from 250 addresses, then 200 from one",
      answers,
      lost: violations.length === 0 ? "nothing" : "joins",
      recoveryMs: [],
      violations,
      figures: {
        "joins_per_s": total / tookS,
        "join_p50_ms": quantile(times, 0.5),
        "join_p99_ms": quantile(times, 0.99),
      },
    };
  },
};

/** 250 clients' addresses in turn; all of them are this machine. */
function addressOf(index: number): string {
  return `127.0.5.${1 + index % 250}`;
}

async function joinOnce(
  port: number,
  localAddress: string,
  times: number[],
  answers: Record<string, number>,
  prefix = "",
): Promise<void> {
  const startedMs = performance.now();
  try {
    const { peer } = await RawPeer.join({ port, localAddress }, await newRoom(), "owner");
    times.push(performance.now() - startedMs);
    tally(answers, `${prefix}joined`);
    peer.close();
  } catch (error) {
    tally(
      answers,
      prefix + (error instanceof Error ? error.message.replace("Cannot join: ", "") : "?"),
    );
  }
}
