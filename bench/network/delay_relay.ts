import { createSocket, type Socket } from "node:dgram";

/**
 * A program that holds packets back: what comes to one of its two ports leaves by the other one a
 * while later, each packet after a time of its own, so that they may overtake each other as on a
 * real way.
 *
 * Arguments: for each end its own port and the port to send to, then delay and jitter in ms.
 *
 * @module
 */

/** Packets held at once; more than any link here carries in its longest delay. */
const MAX_HELD = 20_000;

let held = 0;

function forward(from: Socket, to: Socket, port: number, wait: () => number): void {
  from.on("message", (packet) => {
    if (held >= MAX_HELD) return;
    held += 1;
    setTimeout(() => {
      held -= 1;
      to.send(packet, port, "127.0.0.1");
    }, wait());
  });
}

function open(port: number): Promise<Socket> {
  const socket = createSocket("udp4");
  return new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.bind(port, "127.0.0.1", () => resolve(socket));
  });
}

if (import.meta.main) {
  const numbers = Deno.args.map(Number);
  const [aPort = 0, aTo = 0, bPort = 0, bTo = 0, delayMs = 0, jitterMs = 0] = numbers;
  const wait = () => Math.max(0, delayMs + (2 * Math.random() - 1) * jitterMs);
  const [a, b] = [await open(aPort), await open(bPort)];
  forward(a, b, bTo, wait);
  forward(b, a, aTo, wait);
  Deno.stdout.writeSync(new TextEncoder().encode("ready\n"));
}
