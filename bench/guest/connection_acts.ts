/** Acts on connections and memory: issue numbers 1, 5, 7 and 11. */
import { encodeFrame, OP, openRaw, RawSocket, readFrame } from "../raw_socket.ts";
import { newRoom } from "../room_client.ts";
import { recordOf } from "../records.ts";
import { ROOT } from "../server.ts";
import {
  ACTING_ADDRESSES,
  ask,
  enter,
  enterNew,
  type GuestAct,
  type GuestTools,
  GuestWon,
  openBulk,
  openStream,
  pause,
} from "./act.ts";

/** Addresses that hold connections, and how many each wants. */
const HOLDERS = 3;
const WANTED_EACH = 180;

/** Requests on one connection whose answers nobody reads. */
const PIPELINED = 6;

/** How many bytes one message claims to have, and what is really sent of endless ones. */
const CLAIMED_BYTES = 2 ** 31;
const ENDLESS_BYTES = 8 * 2 ** 20;

/** What a bulk link takes as one record, less a byte: it never gets whole. */
const HALF_RECORD_BYTES = 2 * 2 ** 20;

export const unreadAnswers: GuestAct = {
  name: "unread-answers",
  title: "connections that say nothing, and answers that nobody reads",
  async run(tools) {
    const path = `/assets/${await largestAsset()}`;
    const held = new Set<RawSocket>();
    tools.defer(() => held.forEach((socket) => socket.close()));
    let tried = 0;
    for (let at = 0; tools.goesOn(); at++) {
      const target = tools.target(at % HOLDERS);
      const socket = await RawSocket.open(target).catch(() => null);
      tried += 1;
      if (socket === null) tools.tally("no connection");
      else {
        held.add(socket);
        if (at % 2 === 0) {
          socket.stopReading();
          const get = `GET ${path} HTTP/1.1\r\nHost: localhost:${target.port}\r\n\r\n`;
          await socket.write(get.repeat(at % 4 === 0 ? PIPELINED : 1));
        }
      }
      for (const old of [...held].filter(({ ended }) => ended)) {
        tools.tally("closed by the server");
        old.close();
        held.delete(old);
      }
      // As many as it wants are there: more only as some are closed.
      await pause(held.size >= HOLDERS * WANTED_EACH ? 100 : 3);
    }
    tools.tally("held at the end", held.size);
    return { tried, what: `connections from ${HOLDERS} addresses` };
  },
};

export const halfRead: GuestAct = {
  name: "half-read",
  title: "messages and bodies that never get whole, or never end",
  async run(tools) {
    let tried = 0;
    const claim = async (at: number) => {
      const { socket, status } = await openRaw(tools.target(at));
      tools.defer(() => socket.close());
      if (status !== 101) return tools.tally(`status ${status}`);
      const head = encodeFrame({ opcode: OP.binary, payload: new Uint8Array(70_000) }).slice(0, 14);
      new DataView(head.buffer).setBigUint64(2, BigInt(CLAIMED_BYTES));
      await socket.write(head);
      tools.tally(`a claim of 2 GiB: ${await endOf(socket)}`);
    };
    const endless = async (at: number) => {
      const { socket, status } = await openRaw(tools.target(at));
      tools.defer(() => socket.close());
      if (status !== 101) return tools.tally(`status ${status}`);
      const part = encodeFrame({ opcode: OP.binary, payload: new Uint8Array(16_384) });
      part[0] = OP.binary;
      let sent = 0;
      while (sent < ENDLESS_BYTES && !socket.ended) {
        await socket.write(part);
        part[0] = 0;
        sent += 16_384;
      }
      // That it was sent says nothing: the systems between may have taken all of it.
      const end = await endOf(socket);
      if (end === "nothing said") {
        throw new GuestWon(`a message of ${sent} bytes was taken before a join`);
      }
      tools.tally(`an endless message: ${end}`);
    };
    const body = async (at: number) => {
      const { status } = await ask(tools.target(at), "POST /api/link/stream", {
        headers: { Origin: `http://localhost:${tools.target(at).port}` },
        body: new Uint8Array(400_000),
      });
      tools.tally(`a body of 400 kB: ${status}`);
    };
    /** A bulk link with as much as it takes, and a byte too little. */
    const half = async (at: number) => {
      const page = await enterNew(tools, at);
      const bulk = page && await openBulk(page, tools.target(at));
      if (!bulk) return tools.tally("no bulk link");
      tools.defer(() => bulk.close());
      const record = recordOf(new Uint8Array(HALF_RECORD_BYTES), 1);
      const frame = encodeFrame({ opcode: OP.binary, payload: record });
      await bulk.socket.write(frame.subarray(0, frame.length - 1));
      tools.tally("half a record of 2 MiB");
    };
    for (let at = 0; tools.goesOn(); at++) {
      const kinds = [half, half, claim, half, endless, half, body];
      await kinds[at % kinds.length]!(at % ACTING_ADDRESSES);
      tried += 1;
      await pause(20);
    }
    return { tried, what: "WebSocket messages before and after a join, and bodies" };
  },
};

export const allPlaces: GuestAct = {
  name: "all-places",
  title: "every place that there is: rooms, links, streams",
  async run(tools) {
    const { models } = await publicConfig(tools);
    let tried = 0;
    for (let at = 0; tools.goesOn(); at++) {
      const page = await enterNew(tools, at % HOLDERS);
      tried += 1;
      if (page !== null) {
        tools.tally("a room");
        if (models.length > 0) {
          tried += 1;
          if (await openStream(tools, page, models[0]!)) tools.tally("a stream");
        }
      }
      await pause(20);
    }
    return { tried, what: `rooms, each with a link and a stream, from ${HOLDERS} addresses` };
  },
};

/** Joins from so many addresses of one household; each alone would keep to its bound. */
const IPV6_JOINS = 300;

export const manyV6Addresses: GuestAct = {
  name: "many-ipv6-addresses",
  title: "all addresses of one IPv6 network, to be many",
  async run(tools) {
    let joined = 0;
    let tried = 0;
    const fromMs = performance.now();
    while (tried < IPV6_JOINS && tools.goesOn()) {
      const page = await enter(tools, tools.target(tried, 6), await newRoom());
      tried += 1;
      if (page === null) continue;
      joined += 1;
      page.peer.close();
    }
    tools.tally("joined", joined);
    const most = 60 + Math.ceil(10 * (performance.now() - fromMs) / 1000);
    if (joined > most + 5) throw new GuestWon(`${joined} joins from one /64, ${most} at most`);
    return { tried, what: `joins from ${ACTING_ADDRESSES} addresses of one /64` };
  },
};

/** What everybody may know of the server; the ids of its models. */
export async function publicConfig(
  tools: Pick<GuestTools, "target">,
): Promise<{ readonly models: readonly string[] }> {
  const { status, text } = await ask(tools.target(0), "GET /api/config");
  if (status !== 200) return { models: [] };
  const { models = [] } = JSON.parse(text) as { models?: { id: string }[] };
  return { models: models.map(({ id }) => id) };
}

/** How a connection is ended, in a word. */
async function endOf(socket: RawSocket): Promise<string> {
  const frame = await readFrame(socket, 5_000);
  if (frame === null) return socket.ended ? "cut" : "nothing said";
  if (frame.opcode !== OP.close) {
    const next = await readFrame(socket, 5_000);
    return next?.opcode === OP.close ? reasonOf(next.payload) : "answered";
  }
  return reasonOf(frame.payload);
}

function reasonOf(payload: Uint8Array): string {
  return `closed ${(payload[0] ?? 0) << 8 | (payload[1] ?? 0)} ${
    new TextDecoder().decode(payload.subarray(2))
  }`;
}

async function largestAsset(): Promise<string> {
  let best = { name: "", size: 0 };
  for await (const { name } of Deno.readDir(`${ROOT}/dist/assets`)) {
    if (/\.(gz|br)$/.test(name)) continue;
    const { size } = await Deno.stat(`${ROOT}/dist/assets/${name}`);
    if (size > best.size) best = { name, size };
  }
  return best.name;
}
