import { connect, createServer, type Socket } from "node:net";

/** How fast a link is, the same both ways. */
export interface LinkSpeed {
  readonly megabitsPerS: number;
  readonly roundTripMs: number;
}

/** A link between browsers and a server on this machine that counts what comes down over it. */
export interface CountedLink extends AsyncDisposable {
  readonly port: number;
  /** Bytes down by the path that was asked for, headers and what follows an upgrade too. */
  readonly bytes: ReadonlyMap<string, number>;
  /** Counts anew. */
  reset(): void;
}

/** Large enough to cost little, small enough for connections to share a slow link. */
const PIECE_BYTES = 16 * 1024;

/** Timers are late by so much: a link that was kept waiting makes up for it. */
const BURST_MS = 20;

const REQUEST = /^(?:GET|POST|PUT|DELETE|HEAD) (\S+) HTTP\/1\.1\r\n/;

/**
 * Opens a link to a port of this machine on which plain HTTP/1.1 is spoken. All connections share its
 * rate, and each takes a round trip to be made; there are no losses and no slow start.
 *
 * @param speed `null`: as fast as this machine.
 */
export async function openLink(targetPort: number, speed: LinkSpeed | null): Promise<CountedLink> {
  const sockets = new Set<Socket>();
  const bytes = new Map<string, number>();
  const up = new Rate(speed);
  const down = new Rate(speed);
  const server = createServer(async (near) => {
    const far = connect(targetPort, "127.0.0.1");
    for (const [socket, other] of [[near, far], [far, near]] as const) {
      sockets.add(socket);
      // A reset is how browsers end what they no longer want; there is nobody to tell.
      socket.on("error", () => {});
      socket.on("close", () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    let path = "";
    await sleep(speed?.roundTripMs ?? 0);
    const asked = pass(near, far, up, (piece) => {
      path = REQUEST.exec(piece.toString("latin1"))?.[1] ?? path;
    });
    const answered = pass(far, near, down, ({ length }) => {
      bytes.set(path, (bytes.get(path) ?? 0) + length);
    });
    await Promise.allSettled([asked, answered]);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const bound = server.address();
  if (bound === null || typeof bound === "string") throw new TypeError("Cannot read port");
  return {
    port: bound.port,
    bytes,
    reset: () => bytes.clear(),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Passes everything on, piece by piece, to its end. */
async function pass(
  from: Socket,
  to: Socket,
  rate: Rate,
  look: (piece: Uint8Array & { toString(encoding: "latin1"): string }) => void,
): Promise<void> {
  for await (const chunk of from) {
    for (let at = 0; at < chunk.length; at += PIECE_BYTES) {
      const piece = chunk.subarray(at, at + PIECE_BYTES);
      look(piece);
      await rate.take(piece.length);
      rate.deliver(() => to.write(piece));
    }
  }
  rate.deliver(() => to.end());
}

/** One direction of a link. */
class Rate {
  readonly #speed: LinkSpeed | null;
  #freeAtMs = 0;

  constructor(speed: LinkSpeed | null) {
    this.#speed = speed;
  }

  /** Waits for the turn of so many bytes, and until they have left. */
  async take(bytes: number): Promise<void> {
    if (this.#speed === null) return;
    const nowMs = performance.now();
    const tookMs = bytes * 8 / (this.#speed.megabitsPerS * 1000);
    this.#freeAtMs = Math.max(nowMs - BURST_MS, this.#freeAtMs) + tookMs;
    await sleep(this.#freeAtMs - nowMs);
  }

  /** Calls `arrive` when what has left is there; in order. */
  deliver(arrive: () => void): void {
    if (this.#speed === null) arrive();
    else setTimeout(arrive, this.#speed.roundTripMs / 2);
  }
}

async function sleep(ms: number): Promise<void> {
  if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms));
}
