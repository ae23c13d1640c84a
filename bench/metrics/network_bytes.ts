import { must, run } from "../network/namespaces.ts";
import type { PhoneNetwork } from "../network/phone_network.ts";

/** What the UDP packets of a phone have carried so far, without the headers of IP and UDP. */
export interface NetworkBytes {
  readonly atMs: number;
  readonly sent: number;
  readonly received: number;
}

/** IPv4 20, UDP 8. */
const HEADER_BYTES = 28;

/** Rules without a target: they only count. */
const CHAINS = { sent: "OUTPUT", received: "INPUT" } as const;

/** Has the system count a phone's UDP packets from now on. @throws {Error} If it cannot. */
export async function countNetwork({ within }: Pick<PhoneNetwork, "within">): Promise<void> {
  for (const chain of Object.values(CHAINS)) {
    await must([...within, "iptables", "-I", chain, "-p", "udp"]);
  }
}

/** Asks the system what it has counted. @throws {Error} If it does not say. */
export async function readNetwork({ within }: Pick<PhoneNetwork, "within">): Promise<NetworkBytes> {
  const read = async (chain: string) => {
    const { text } = await run([...within, "iptables", "-nvxL", chain, "1"]);
    const [packets, bytes] = text.trim().split(/\s+/).map(Number);
    if (packets === undefined || bytes === undefined || Number.isNaN(packets + bytes)) {
      throw new Error(`Cannot read the phone's packet counters: ${text.trim()}`);
    }
    return bytes - packets * HEADER_BYTES;
  };
  const [sent, received] = await Promise.all([read(CHAINS.sent), read(CHAINS.received)]);
  return { atMs: performance.now(), sent, received };
}
