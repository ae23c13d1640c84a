import type { PhoneNetwork } from "../network/phone_network.ts";

/** What has passed a phone's network card so far, without the headers of Ethernet, IP and UDP. */
export interface WireBytes {
  readonly atMs: number;
  readonly sent: number;
  readonly received: number;
}

/** Ethernet 14, IPv4 20, UDP 8; those of TCP are longer, but hardly anything goes over it. */
const HEADER_BYTES = 42;

/** Asks the system where the phone is. @throws {Error} If it does not say. */
export async function readWire({ within }: Pick<PhoneNetwork, "within">): Promise<WireBytes> {
  const [command, ...args] = [...within, "cat", "/proc/net/dev"];
  const { stdout } = await new Deno.Command(command!, { args, stdin: "null" }).output();
  const atMs = performance.now();
  const line = /^\s*cable:(.*)$/m.exec(new TextDecoder().decode(stdout))?.[1];
  if (line === undefined) throw new Error("Cannot read the phone's network card");
  const numbers = line.trim().split(/\s+/).map(Number);
  const [receivedBytes = 0, receivedPackets = 0] = numbers;
  const [sentBytes = 0, sentPackets = 0] = numbers.slice(8);
  return {
    atMs,
    sent: sentBytes - sentPackets * HEADER_BYTES,
    received: receivedBytes - receivedPackets * HEADER_BYTES,
  };
}
