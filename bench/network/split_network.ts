import { connect, ensureTools, inNamespace, must, netName, removeLeft, run } from "./namespaces.ts";

/** Two networks, each with a way to this machine and none to the other. */
export interface SplitNetwork extends AsyncDisposable {
  /** Under which both reach this machine. */
  readonly ourAddress: string;
  /** What goes before a command so that it runs in one of them. */
  readonly within: { readonly viewer: readonly string[]; readonly phone: readonly string[] };
  /** Bytes that this machine has sent into one of them and got from there, as the kernel counts. */
  carriedBytes(side: Side): Promise<{ sent: number; received: number }>;
  /** Whether a packet from one side would find its way to the other's address. */
  hasWay(from: Side, to: Side): Promise<boolean>;
}

/** Who is in a network. */
export type Side = "viewer" | "phone";

// From the range for benchmarks of networks (RFC 2544), which nobody's own network uses.
const OURS = "198.18.79.9";
const SIDES = [
  { side: "viewer", letter: "v", near: "198.18.79.1", far: "198.18.79.2" },
  { side: "phone", letter: "w", near: "198.18.79.5", far: "198.18.79.6" },
] as const;

/**
 * Makes them; they are gone when they are let go of. Neither side has a default route, so this holds
 * whether or not this machine forwards packets.
 * @throws {NoNamespacesError} If this system does not let us.
 */
export async function makeSplitNetwork(): Promise<SplitNetwork> {
  await ensureTools(() => {});
  await removeLeft();
  const names = SIDES.map(({ letter }) => ({
    space: netName(letter),
    cable: netName(`${letter}c`),
  }));
  const remove = async () => {
    for (const { space, cable } of names) {
      await run(["ip", "link", "del", cable]);
      await run(["ip", "netns", "del", space]);
    }
  };
  try {
    for (const [index, { near, far }] of SIDES.entries()) {
      const { space, cable } = names[index]!;
      await must(["ip", "netns", "add", space]);
      const peer = ["peer", "name", "cable", "netns", space];
      await must(["ip", "link", "add", cable, "type", "veth", ...peer]);
      // One address of ours for both sides: the server's certificate and the TURN server have one name.
      const ours = index === 0 ? [`${OURS}/32`] : [];
      await connect({ device: cable, addresses: [`${near}/30`, ...ours] });
      await connect({ space, device: "cable", addresses: [`${far}/30`] });
      const there = ["ip", "-n", space];
      await must([...there, "link", "set", "lo", "up"]);
      await must([...there, "route", "add", OURS, "via", near]);
    }
  } catch (error) {
    await remove();
    throw error;
  }
  const indexOf = (side: Side) => SIDES.findIndex((candidate) => candidate.side === side);
  return {
    ourAddress: OURS,
    within: { viewer: inNamespace(names[0]!.space), phone: inNamespace(names[1]!.space) },
    async carriedBytes(side) {
      const { cable } = names[indexOf(side)]!;
      // What /sys shows is of the network in which it was mounted, which need not be ours.
      const table = await Deno.readTextFile("/proc/net/dev");
      const line = table.split("\n").find((text) => text.trimStart().startsWith(`${cable}:`));
      const counts = line!.split(":")[1]!.trim().split(/\s+/).map(Number);
      return { received: counts[0]!, sent: counts[8]! };
    },
    async hasWay(from, to) {
      const { space } = names[indexOf(from)]!;
      const { far } = SIDES[indexOf(to)]!;
      return (await run(["ip", "-n", space, "route", "get", far])).success;
    },
    [Symbol.asyncDispose]: remove,
  };
}
