/**
 * ENTRY of somebody honest beside guests: an owner and a phone in a room, and where the server has a
 * model, a stream of ten frames a second. Writes an {@linkcode HonestSecond} each second.
 *
 * @module
 */
import sharp from "sharp";
import { OP, readFrame, recordFrame } from "../raw_socket.ts";
import { newRoom, RawPeer } from "../room_client.ts";
import { firstRecord, frameChunkOf } from "../records.ts";
import { ACTING_ADDRESSES, openBulk, openStream, pause } from "./act.ts";
import { guestAddress, SERVER_ADDRESS } from "./guest_network.ts";
import type { HonestSecond } from "./start_guest.ts";

const FRAMES_PER_SECOND = 10;
const SIZE = { widthPx: 320, heightPx: 240 };

let results = 0;
let isBulkLost = false;

async function main({ port, modelId }: { port: number; modelId: string | null }): Promise<void> {
  const localAddress = guestAddress(ACTING_ADDRESSES + 1);
  const target = { host: SERVER_ADDRESS[4], port, localAddress };
  const room = await newRoom();
  const owner = await RawPeer.join(target, room, "owner");
  const phone = await RawPeer.join(target, room, "phone");
  if (modelId !== null) {
    const stream = await openStream({ tally() {} }, owner, modelId);
    const bulk = await openBulk(owner, target);
    if (stream === null || bulk === null) throw new Error("Cannot be honest: no stream");
    void send(bulk, stream.topic);
    void listen(bulk);
  }
  const peers = [owner.peer, phone.peer];
  for (;;) {
    const startedMs = performance.now();
    const times = await Promise.all(peers.map(ping));
    await pause(1_000 - (performance.now() - startedMs));
    const pingMs = times.includes(null) ? null : Math.max(...times as number[]);
    const lost = peers.filter(({ socket }) => socket.ended).length + Number(isBulkLost);
    tell({ results, pingMs, lost });
    results = 0;
  }
}

async function ping(peer: RawPeer): Promise<number | null> {
  const startedMs = performance.now();
  return await peer.isAlive(startedMs % 1e6 | 0) ? performance.now() - startedMs : null;
}

async function send(bulk: RawPeer, topic: number): Promise<void> {
  const noise = { type: "gaussian", mean: 128, sigma: 30 } as const;
  const create = { width: SIZE.widthPx, height: SIZE.heightPx, channels: 3, noise } as const;
  const options = { create: { ...create, background: "grey" } };
  const jpeg = new Uint8Array(await sharp(options).jpeg({ quality: 70 }).toBuffer());
  await bulk.socket.write(recordFrame(JSON.stringify({ type: "clock-ping", nonce: 1 }), topic));
  const startMs = performance.now();
  for (let frameId = 1; !bulk.socket.ended; frameId++) {
    await bulk.socket.write(recordFrame(frameChunkOf({ frameId, ...SIZE, jpeg }), topic));
    if (frameId % 50 === 0) await bulk.send({ type: "ping", nonce: frameId });
    await pause(startMs + frameId * 1000 / FRAMES_PER_SECOND - performance.now());
  }
}

async function listen(bulk: RawPeer): Promise<void> {
  for (;;) {
    const frame = await readFrame(bulk.socket, 30_000);
    if (frame === null || frame.opcode === OP.close) break;
    const record = firstRecord(frame.payload)?.record;
    if (typeof record?.content === "string" && record.content.includes('"detections"')) {
      results += 1;
    }
  }
  isBulkLost = true;
}

function tell(second: HonestSecond): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${JSON.stringify(second)}\n`));
}

if (import.meta.main) await main(JSON.parse(Deno.args[0]!));
