import { inNamespace, lossRule, must, netName, removeLeft, run } from "../network/namespaces.ts";

/** Two network namespaces with a cable between them. */
export interface TwoNamespaces extends AsyncDisposable {
  readonly ends: readonly [NamespaceEnd, NamespaceEnd];
  /** Has every end lose that share of the UDP packets that come in. */
  lose(share: number): Promise<void>;
}

/** One end. */
export interface NamespaceEnd {
  readonly address: string;
  /** What goes before a command so that it runs there. */
  readonly within: readonly string[];
}

/** From the range for benchmarks of networks (RFC 2544), which nobody's own network uses. */
const ADDRESSES = ["198.18.77.1", "198.18.77.2"] as const;

/**
 * Makes them; they are gone when they are let go of.
 * @throws {NoNamespacesError} If this system does not let us.
 */
export async function makeNamespaces(): Promise<TwoNamespaces> {
  await removeLeft();
  const names = ["a", "b"].map(netName);
  const remove = async () => {
    for (const name of names) await run(["ip", "netns", "del", name]);
  };
  try {
    for (const name of names) await must(["ip", "netns", "add", name]);
    const [first, second] = names;
    const other = ["peer", "name", "loss1", "netns", second!];
    await must([
      ...["ip", "link", "add", "loss0", "netns", first!, "type", "veth"],
      ...other,
    ]);
    for (const [at, name] of names.entries()) {
      const ip = [...inNamespace(name), "ip"];
      await must([...ip, "addr", "add", `${ADDRESSES[at]}/30`, "dev", `loss${at}`]);
      for (const device of ["lo", `loss${at}`]) await must([...ip, "link", "set", device, "up"]);
    }
  } catch (error) {
    await remove();
    throw error;
  }
  const end = (at: 0 | 1) => ({ address: ADDRESSES[at], within: inNamespace(names[at]!) });
  return {
    ends: [end(0), end(1)],
    async lose(share) {
      for (const name of names) {
        const iptables = [...inNamespace(name), "iptables"];
        await must([...iptables, "-F", "INPUT"]);
        if (share > 0) await must([...iptables, ...lossRule("INPUT", share)]);
      }
    },
    [Symbol.asyncDispose]: remove,
  };
}
