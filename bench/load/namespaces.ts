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

/** Why there can be no such namespaces, as a sentence. */
export class NoNamespacesError extends Error {
  override readonly name = "NoNamespacesError";
}

const PREFIX = "peerlens-loss-";

/** From the range for benchmarks of networks (RFC 2544), which nobody's own network uses. */
const ADDRESSES = ["198.18.77.1", "198.18.77.2"] as const;

/**
 * Makes sure that the tools are here; installs them where that is possible.
 * @throws {NoNamespacesError} Saying what is missing.
 */
export async function ensureTools(note: (text: string) => void): Promise<void> {
  if (Deno.build.os !== "linux" || Deno.uid() !== 0) {
    throw new NoNamespacesError("Packet loss needs network namespaces: Linux, and root there.");
  }
  const missing = [];
  for (const [tool, deb] of [["ip", "iproute2"], ["iptables", "iptables"]] as const) {
    if (!(await run([tool, "-V"])).success) missing.push(deb);
  }
  if (missing.length === 0) return;
  const sentence = `Packet loss needs ${missing.join(" and ")}`;
  if (!(await run(["apt-get", "--version"])).success) {
    throw new NoNamespacesError(`${sentence}, and there is no apt-get to install it with.`);
  }
  note(`installing ${missing.join(", ")}`);
  const install = ["apt-get", "install", "-y", "--no-install-recommends", ...missing];
  let { success } = await run(install);
  if (!success) {
    success = (await run(["apt-get", "update"])).success && (await run(install)).success;
  }
  if (!success) throw new NoNamespacesError(`${sentence}, which apt-get could not install.`);
}

/**
 * Makes them; they are gone when they are let go of.
 * @throws {NoNamespacesError} If this system does not let us.
 */
export async function makeNamespaces(): Promise<TwoNamespaces> {
  await removeLeft();
  const names = [0, 1].map((at) => `${PREFIX}${Deno.pid}-${at}`);
  const within = (name: string) => ["ip", "netns", "exec", name];
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
      const ip = [...within(name), "ip"];
      await must([...ip, "addr", "add", `${ADDRESSES[at]}/30`, "dev", `loss${at}`]);
      for (const device of ["lo", `loss${at}`]) await must([...ip, "link", "set", device, "up"]);
    }
  } catch (error) {
    await remove();
    throw error;
  }
  const end = (at: 0 | 1) => ({ address: ADDRESSES[at], within: within(names[at]!) });
  return {
    ends: [end(0), end(1)],
    async lose(share) {
      for (const name of names) {
        const iptables = [...within(name), "iptables"];
        await must([...iptables, "-F", "INPUT"]);
        if (share === 0) continue;
        const random = ["-m", "statistic", "--mode", "random", "--probability", String(share)];
        await must([...iptables, "-A", "INPUT", "-p", "udp", ...random, "-j", "DROP"]);
      }
    },
    [Symbol.asyncDispose]: remove,
  };
}

/** Removes those of a run that was killed. */
async function removeLeft(): Promise<void> {
  const { text } = await run(["ip", "netns", "list"]);
  for (const [name, pid] of text.matchAll(new RegExp(`^${PREFIX}(\\d+)-\\d`, "gm"))) {
    const isRunning = (await run(["ps", "-p", pid!])).success;
    if (!isRunning) await run(["ip", "netns", "del", name]);
  }
}

async function must(command: readonly string[]): Promise<void> {
  const { success, text } = await run(command);
  if (success) return;
  throw new NoNamespacesError(`Packet loss needs what this system refuses: ${text.trim()}`);
}

async function run([command, ...args]: readonly string[]) {
  try {
    const env = { DEBIAN_FRONTEND: "noninteractive" };
    const options = { args, env, stdin: "null" } as const;
    const { success, stdout, stderr } = await new Deno.Command(command!, options).output();
    const decoder = new TextDecoder();
    return { success, text: decoder.decode(stdout) + decoder.decode(stderr) };
  } catch (error) {
    return { success: false, text: String(error) };
  }
}
