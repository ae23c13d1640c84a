import {
  connect,
  ensureTools,
  inNamespace,
  must,
  netName,
  removeLeft,
  run,
} from "../network/namespaces.ts";

/** Addresses of a guest, of each IP version; the last is for somebody honest among its like. */
export const GUEST_ADDRESSES = 60;

/** Where guests are: on this machine they would count as the person in front of it. */
export interface GuestNetwork extends AsyncDisposable {
  /** What goes before a command so that it runs there. */
  readonly within: readonly string[];
}

// From the range for benchmarks of networks (RFC 2544), and unique local addresses (RFC 4193).
const V4 = "198.18.79.";
const V6 = "fd00:78::";

/** Under which guests reach this machine, by IP version. */
export const SERVER_ADDRESS = { 4: `${V4}1`, 6: `${V6}1` } as const;

/** An address of the guest's. @param at From 0. */
export function guestAddress(at: number, version: 4 | 6 = 4): string {
  return version === 4 ? `${V4}${2 + at}` : `${V6}${(2 + at).toString(16)}`;
}

/**
 * Makes a network with many addresses, one cable away; it is gone when it is let go of. Linux, root.
 * @throws {NoNamespacesError} If this system does not let us.
 */
export async function makeGuestNetwork(note = (_text: string) => {}): Promise<GuestNetwork> {
  await ensureTools(note, [["ip", "iproute2"]]);
  await removeLeft();
  const space = netName("g");
  const cable = netName("c");
  const remove = async () => {
    await run(["ip", "link", "del", cable]);
    await run(["ip", "netns", "del", space]);
  };
  try {
    await must(["ip", "netns", "add", space]);
    const peer = ["peer", "name", "guest", "netns", space];
    await must(["ip", "link", "add", cable, "type", "veth", ...peer]);
    // Without it nobody may use an IPv6 address for a second.
    const atOnce = (device: string) => `echo 0 > /proc/sys/net/ipv6/conf/${device}/accept_dad`;
    await must(["sh", "-c", atOnce(cable)]);
    await must([...inNamespace(space), "sh", "-c", atOnce("guest")]);
    await connect({
      device: cable,
      addresses: [`${SERVER_ADDRESS[4]}/24`, `${SERVER_ADDRESS[6]}/64`],
    });
    const all = Array.from({ length: GUEST_ADDRESSES }, (_, at) => at);
    await connect({
      space,
      device: "guest",
      addresses: all.flatMap((at) => [`${guestAddress(at)}/24`, `${guestAddress(at, 6)}/64`]),
    });
    await must(["ip", "-n", space, "link", "set", "lo", "up"]);
  } catch (error) {
    await remove();
    throw error;
  }
  return {
    within: inNamespace(space),
    [Symbol.asyncDispose]: remove,
  };
}
