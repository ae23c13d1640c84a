import { ensureTools, inNamespace, must, netName, removeLeft, run } from "./namespaces.ts";

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
      await must(["ip", "addr", "add", `${near}/30`, "dev", cable]);
      // One address for both sides: the server's certificate and the TURN server have one name.
      if (index === 0) await must(["ip", "addr", "add", `${OURS}/32`, "dev", cable]);
      await must(["ip", "link", "set", cable, "up"]);
      const there = ["ip", "-n", space];
      await must([...there, "link", "set", "lo", "up"]);
      await must([...there, "addr", "add", `${far}/30`, "dev", "cable"]);
      await must([...there, "link", "set", "cable", "up"]);
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
      const read = async (counter: string) =>
        Number(await Deno.readTextFile(`/sys/class/net/${cable}/statistics/${counter}`));
      return { sent: await read("tx_bytes"), received: await read("rx_bytes") };
    },
    async hasWay(from, to) {
      const { space } = names[indexOf(from)]!;
      const { far } = SIDES[indexOf(to)]!;
      return (await run(["ip", "-n", space, "route", "get", far])).success;
    },
    [Symbol.asyncDispose]: remove,
  };
}
