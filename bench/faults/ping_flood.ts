/** Control frames in great number, whose answers are read, or never read. */
import { readProcesses, roleLoads, startedBy } from "../metrics/role_processes.ts";
import { startServer } from "../server.ts";
import { type FaultCase, tally } from "./fault_case.ts";
import { encodeFrame, OP, readFrame } from "../raw_socket.ts";
import { newRoom, RawPeer } from "../room_client.ts";

const PINGS = 10_000;

/** More than the sockets' own buffers hold, so that a server that queued the answers would grow. */
const UNREAD_PINGS = 1_000_000;

/**
 * Written at once; between them the others are looked after. With more than 64 KiB of answers under way
 * the server leaves out pongs, as RFC 6455 lets it.
 */
const BATCH = 400;

/** The longest payload of a control frame. */
const PAYLOAD_BYTES = 125;

/** A server that takes nothing for so long holds back whoever does not read. */
const TAKES_NOTHING_MS = 3_000;

/** Answers that waited in the server would be 119 MiB. */
const MAX_GROWTH_MB = 64;

/** See {@linkcode FaultCase}. */
export const pingFlood: FaultCase = {
  name: "ping-flood",
  title: `${PINGS} pings, read and not read`,
  limitS: 240,
  needs: null,
  async run({ stack, progress }) {
    const { started: server, pids } = await startedBy(() => startServer());
    stack.use(server);
    const join = async (localAddress: string) => {
      const target = { port: server.ports.http, localAddress };
      const { peer } = await RawPeer.join(target, await newRoom(), "owner");
      stack.defer(() => peer.close());
      return peer;
    };
    const other = await join("127.0.4.9");
    const watch = new Watch(other, pids);
    await watch.look();
    const answers: Record<string, number> = {};
    const violations: string[] = [];

    progress.step("read");
    const reader = await join("127.0.4.1");
    // From here on only pongs come.
    await reader.isAlive();
    for (let sent = 0; sent < PINGS; sent += BATCH) {
      progress.check();
      await reader.socket.write(pings(sent));
      const right = await pongsInOrder(reader, sent);
      for (let i = 0; i < right; i++) tally(answers, "read: ponged, in order");
      if (right < BATCH) violations.push(`read: ${right} of ${BATCH} pongs in order`);
      await watch.look();
    }
    if (!await reader.isAlive()) violations.push("whoever read the pongs was cut off");

    progress.step("not read");
    const silent = await join("127.0.4.2");
    silent.socket.stopReading();
    let unread = 0;
    while (unread < UNREAD_PINGS) {
      progress.check();
      const isTaken = await inTime(silent.socket.write(pings(unread)), TAKES_NOTHING_MS);
      if (!isTaken || silent.socket.ended) break;
      unread += BATCH;
      if (unread % (10 * BATCH) === 0) await watch.look();
    }
    answers["not read: taken"] = unread;
    tally(answers, silent.socket.ended ? "not read: then cut off" : "not read: connection open");
    await watch.look();
    silent.close();

    const { firstMb, growthMb, longestMs, isOtherAlive } = watch;
    if (!isOtherAlive) violations.push("another peer was not answered");
    if (growthMb !== null && growthMb > MAX_GROWTH_MB) {
      violations.push(`the server grew by ${Math.round(growthMb)} MiB`);
    }
    return {
      tried: PINGS + unread,
      what: `pings of ${PAYLOAD_BYTES} bytes: ${PINGS} whose pongs are read, then as many as the ` +
        "server takes from somebody who reads none",
      answers,
      lost: isOtherAlive ? "nothing: another peer was answered all the time" : "see violations",
      recoveryMs: [],
      violations,
      figures: {
        "rss_before_mib": firstMb,
        "rss_growth_mib": growthMb,
        "longest_answer_to_another_ms": longestMs,
      },
    };
  },
};

/** Looks after another peer, and the server's memory. */
class Watch {
  isOtherAlive = true;
  longestMs = 0;
  firstMb: number | null = null;
  #mostMb: number | null = null;
  readonly #peer: RawPeer;
  readonly #pids: readonly number[];

  constructor(peer: RawPeer, pids: readonly number[]) {
    this.#peer = peer;
    this.#pids = pids;
  }

  /** `null`: the memory of processes cannot be read here. */
  get growthMb(): number | null {
    return this.firstMb === null || this.#mostMb === null ? null : this.#mostMb - this.firstMb;
  }

  async look(): Promise<void> {
    const startedMs = performance.now();
    this.isOtherAlive &&= await this.#peer.isAlive();
    this.longestMs = Math.max(this.longestMs, performance.now() - startedMs);
    const roles = { phone: [], viewer: [], server: this.#pids };
    const mb = (await roleLoads(null, await readProcesses(), roles))["pss_mb"].server;
    if (mb === null) return;
    this.firstMb ??= mb;
    this.#mostMb = Math.max(this.#mostMb ?? 0, mb);
  }
}

/** A batch of pings, numbered from `first` on. */
function pings(first: number): Uint8Array {
  const frames = Array.from(
    { length: BATCH },
    (_, i) => encodeFrame({ opcode: OP.ping, payload: payloadOf(first + i) }),
  );
  const bytes = new Uint8Array(frames.length * frames[0]!.length);
  frames.forEach((frame, i) => bytes.set(frame, i * frame.length));
  return bytes;
}

function payloadOf(number: number): Uint8Array {
  const payload = new Uint8Array(PAYLOAD_BYTES);
  new DataView(payload.buffer).setUint32(0, number);
  return payload;
}

/** How many of a batch's pongs come, each in its turn. */
async function pongsInOrder(peer: RawPeer, first: number): Promise<number> {
  for (let i = 0; i < BATCH; i++) {
    const frame = await readFrame(peer.socket);
    const isNext = frame?.opcode === OP.pong && frame.payload.length === PAYLOAD_BYTES &&
      new DataView(frame.payload.buffer, frame.payload.byteOffset).getUint32(0) === first + i;
    if (!isNext) return i;
  }
  return BATCH;
}

async function inTime(work: Promise<void>, timeoutMs: number): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<false>((resolve) => timer = setTimeout(() => resolve(false), timeoutMs));
  const isDone = await Promise.race([work.then(() => true as const), late]);
  clearTimeout(timer);
  return isDone;
}
