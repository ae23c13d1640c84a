import { holdBack } from "./hold_back.ts";
import {
  connect,
  ensureTools,
  inNamespace,
  lossRule,
  must,
  netName,
  NoNamespacesError,
  removeLeft,
  run,
} from "./namespaces.ts";

/** A network of its own for a phone, one router away from this machine. */
export interface PhoneNetwork extends AsyncDisposable {
  /** Under which the phone reaches this machine. */
  readonly ourAddress: string;
  readonly phoneAddress: string;
  /** What goes before a command so that it runs where the phone is. */
  readonly within: readonly string[];
  /** Has the router lose that share of the UDP packets in both directions. */
  lose(share: number): Promise<void>;
  /**
   * Has the router hold every packet back for so long, in both directions; `jitterMs`: each packet
   * up to so much more or less, evenly spread.
   * @throws {NoNamespacesError} If this system does not let us.
   */
  delay(delayMs: number, jitterMs?: number): Promise<void>;
}

/** From the range for benchmarks of networks (RFC 2544), which nobody's own network uses. */
const OURS = "198.18.78.1";
const ROUTER = ["198.18.78.2", "198.18.78.5"] as const;
const PHONE = "198.18.78.6";
const PHONE_SUBNET = "198.18.78.4/30";

/**
 * Makes it; it is gone when it is let go of. Packets are lost on a router between the two ends, as on
 * a real way: at an end the sender would be told.
 * @throws {NoNamespacesError} If this system does not let us.
 */
export async function makePhoneNetwork(note = (_text: string) => {}): Promise<PhoneNetwork> {
  await ensureTools(note);
  await removeLeft();
  const router = netName("r");
  const phone = netName("p");
  const cable = netName("o");
  let holding: AsyncDisposable | null = null;
  const remove = async () => {
    await holding?.[Symbol.asyncDispose]();
    // By itself it would go with its namespace, but only a while after.
    await run(["ip", "link", "del", cable]);
    for (const name of [phone, router]) await run(["ip", "netns", "del", name]);
  };
  try {
    for (const name of [router, phone]) await must(["ip", "netns", "add", name]);
    await must([
      "ip",
      "link",
      "add",
      cable,
      "type",
      "veth",
      "peer",
      "name",
      "outside",
      "netns",
      router,
    ]);
    await must([
      ...["ip", "-n", router, "link", "add", "inside", "type", "veth"],
      ...["peer", "name", "cable", "netns", phone],
    ]);
    await connect({ device: cable, addresses: [`${OURS}/30`] });
    await connect({ space: router, device: "outside", addresses: [`${ROUTER[0]}/30`] });
    await connect({ space: router, device: "inside", addresses: [`${ROUTER[1]}/30`] });
    await connect({ space: phone, device: "cable", addresses: [`${PHONE}/30`] });
    await must(["ip", "-n", phone, "link", "set", "lo", "up"]);
    await must(["ip", "-n", phone, "route", "add", "default", "via", ROUTER[1]]);
    await must(["ip", "route", "add", PHONE_SUBNET, "via", ROUTER[0]]);
    const forward = "echo 1 > /proc/sys/net/ipv4/ip_forward";
    await must([...inNamespace(router), "sh", "-c", forward]);
  } catch (error) {
    await remove();
    throw error;
  }
  return {
    ourAddress: OURS,
    phoneAddress: PHONE,
    within: inNamespace(phone),
    async lose(share) {
      const iptables = [...inNamespace(router), "iptables"];
      await must([...iptables, "-F", "FORWARD"]);
      if (share === 0) return;
      // A packet that is held back passes the router twice.
      for (const from of ["inside", "outside"]) {
        await must([...iptables, ...lossRule("FORWARD", share), "-i", from]);
      }
    },
    async delay(delayMs, jitterMs = 0) {
      await holding?.[Symbol.asyncDispose]();
      holding = null;
      if (delayMs > 0) holding = await holdBack(router, { delayMs, jitterMs }, note);
    },
    [Symbol.asyncDispose]: remove,
  };
}

/** Why there can be no such network here, as a sentence; `null`: there can. */
export async function whyNoLoss(note: (text: string) => void): Promise<string | null> {
  try {
    await using _network = await makePhoneNetwork(note);
    return null;
  } catch (error) {
    if (error instanceof NoNamespacesError) return error.message;
    throw error;
  }
}
