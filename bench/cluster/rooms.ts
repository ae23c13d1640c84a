import { median } from "../../client/base/quantiles.ts";
import { type NatsServer, startNats } from "../nats_server.ts";
import type { RawUpgrade } from "../raw_socket.ts";
import { newRoom, RawPeer, type RoomSecrets } from "../room_client.ts";
import { round, roundOrNull } from "../result_file.ts";
import { type RigServer, startServer } from "../server.ts";
import { sum } from "../sums.ts";

/** Rooms on each node: an owner's page and a phone's page each, which is near what a node takes of links. */
const ROOMS_PER_NODE = 250;

/** Joins under way at once, on all nodes together. */
const AT_ONCE = 16;

/** Pages of one address: 127.0.0.0/8 is all this machine. */
const PAGES_PER_ADDRESS = 50;

/** As pages do, so that no link is silent for too long. */
const PING_MS = 8_000;

const IDLE_MS = 20_000;

/** Rooms that nothing happens in, on so many nodes. */
export interface RoomsFigures {
  readonly nodes: number;
  readonly rooms: number;
  /** Pages that joined, of all nodes together. Where there are several, each phone's page is on another than its room. */
  readonly "joins_per_second": number;
  readonly "join_ms": { readonly median: number | null };
  /** Of one node, for a room with two pages. */
  readonly "server_cpu_ms_per_join": number;
  readonly "rss_kb_per_room": number;
  /** Of one node with 1 000 such rooms; 100 is one core. */
  readonly "idle_cpu_percent_per_1000_rooms": number;
  readonly "idle_messages_per_second_per_1000_rooms": number;
}

/** Opens rooms on 1, 2 and 3 nodes and leaves them alone for a while. */
export async function measureRooms(note: (text: string) => void): Promise<RoomsFigures[]> {
  const figures: RoomsFigures[] = [];
  for (const nodes of [1, 2, 3]) {
    note(`${nodes * ROOMS_PER_NODE} rooms on ${nodes} nodes\n`);
    figures.push(await measure(nodes));
  }
  return figures;
}

async function measure(count: number): Promise<RoomsFigures> {
  await using stack = new AsyncDisposableStack();
  const nats = stack.use(await startNats());
  const nodes: RigServer[] = [];
  for (let n = 0; n < count; n++) nodes.push(stack.use(await startNode(nats)));
  const peers: RawPeer[] = [];
  stack.defer(() => peers.forEach((peer) => peer.close()));
  const empty = await usageOf(nodes);
  const joinsMs: number[] = [];
  let joined = 0;
  const join = async (node: number, room: RoomSecrets, role: "owner" | "phone") => {
    const { http } = nodes[node]!.ports;
    const startMs = performance.now();
    const target: RawUpgrade = {
      port: http,
      localAddress: `127.0.1.${1 + Math.floor(joined++ / PAGES_PER_ADDRESS)}`,
      path: "/api/link",
      headers: { Origin: `http://localhost:${http}`, Host: `localhost:${http}` },
    };
    const { peer } = await RawPeer.join(target, room, role);
    joinsMs.push(performance.now() - startMs);
    peers.push(peer);
    void hear(peer);
  };
  const rooms = await Promise.all(Array.from({ length: count * ROOMS_PER_NODE }, () => newRoom()));
  const startMs = performance.now();
  // The owners first: as a phone's person, who has to see the code before.
  for (const role of ["owner", "phone"] as const) {
    const queue = rooms.map((room, index) => ({ room, index }));
    await Promise.all(Array.from({ length: AT_ONCE }, async () => {
      for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
        await join((next.index + (role === "owner" ? 0 : 1)) % count, next.room, role);
      }
    }));
  }
  const elapsedS = (performance.now() - startMs) / 1000;
  const full = await usageOf(nodes);
  let nonce = 0;
  const pings = setInterval(() => {
    nonce += 1;
    for (const peer of peers) void peer.send({ type: "ping", nonce });
  }, PING_MS);
  stack.defer(() => clearInterval(pings));
  await new Promise((resolve) => setTimeout(resolve, IDLE_MS));
  const idle = await usageOf(nodes);
  const perNode = (pick: (usage: Usage) => number, from: Usage, to: Usage) =>
    (pick(to) - pick(from)) / count;
  const per1000 = 1000 / ROOMS_PER_NODE;
  return {
    nodes: count,
    rooms: rooms.length,
    "joins_per_second": round(joinsMs.length / elapsedS, 1),
    "join_ms": { median: roundOrNull(median(joinsMs), 1) },
    "server_cpu_ms_per_join": round((full.cpuMs - empty.cpuMs) / joinsMs.length, 2),
    "rss_kb_per_room": round(
      perNode(({ rssBytes }) => rssBytes, empty, full) / 1024 / ROOMS_PER_NODE,
      1,
    ),
    "idle_cpu_percent_per_1000_rooms": round(
      perNode(({ cpuMs }) => cpuMs, full, idle) / IDLE_MS * 100 * per1000,
      1,
    ),
    "idle_messages_per_second_per_1000_rooms": round(
      perNode(({ messages }) => messages, full, idle) / IDLE_MS * 1000 * per1000,
      1,
    ),
  };
}

function startNode(nats: NatsServer): Promise<RigServer> {
  return startServer({
    env: {
      PEERLENS_CLUSTER_SECRET: "a-secret-of-all-nodes",
      PEERLENS_MAX_ROOMS: "10000",
      PEERLENS_JOINS_PER_SECOND: "1000",
      PEERLENS_OPEN_FILES: "8192",
    },
    flags: ["--mode", "wasm", "--camera", "none", "--nats", nats.url],
  });
}

/** Nothing of it is of interest, but that the server's pings are answered. */
async function hear(peer: RawPeer): Promise<void> {
  while (await peer.next(IDLE_MS * 4) !== null);
}

interface Usage {
  readonly cpuMs: number;
  readonly rssBytes: number;
  readonly messages: number;
}

/** Of all nodes together. */
async function usageOf(nodes: readonly RigServer[]): Promise<Usage> {
  const texts = await Promise.all(
    nodes.map(async ({ httpUrl }) => await (await fetch(`${httpUrl}/metrics`)).text()),
  );
  const figure = (name: string) =>
    sum(
      texts.flatMap((text) =>
        [...text.matchAll(new RegExp(`^${name}\\S* (\\S+)$`, "gm"))].map(([, value]) =>
          Number(value)
        )
      ),
    );
  return {
    cpuMs: 1000 * figure('peerlens_process_cpu_seconds_total{process="server"}'),
    rssBytes: figure('peerlens_process_resident_memory_bytes{process="server"}'),
    messages: figure("peerlens_nats_messages_total"),
  };
}
