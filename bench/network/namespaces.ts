// Network namespaces of our own (Linux, root): to lose packets there and nowhere else.

/** Why there can be no such namespaces, as a sentence. */
export class NoNamespacesError extends Error {
  override readonly name = "NoNamespacesError";
}

/** Names of all namespaces and devices begin with it. */
const PREFIX = "plens";

/** A name that says which process made it; at most 15 characters, as devices' names have it. */
export function netName(what: string): string {
  return `${PREFIX}${Deno.pid}${what}`;
}

/** What goes before a command so that it runs in a namespace. */
export function inNamespace(name: string): readonly string[] {
  return ["ip", "netns", "exec", name];
}

/** Arguments of `iptables` for a rule that loses a share of the UDP packets of a chain. */
export function lossRule(chain: string, share: number): readonly string[] {
  const random = ["-m", "statistic", "--mode", "random", "--probability", String(share)];
  return ["-A", chain, "-p", "udp", ...random, "-j", "DROP"];
}

/** What every network of ours needs, and the packages that it is in. */
const TOOLS = [["ip", "iproute2"], ["iptables", "iptables"]] as const;

/**
 * Makes sure that the tools are here; installs them where that is possible.
 * @throws {NoNamespacesError} Saying what is missing.
 */
export async function ensureTools(
  note: (text: string) => void,
  tools: readonly (readonly [tool: string, deb: string])[] = TOOLS,
): Promise<void> {
  if (Deno.build.os !== "linux" || Deno.uid() !== 0) {
    throw new NoNamespacesError("Packet loss needs network namespaces: Linux, and root there.");
  }
  const missing = [];
  for (const [tool, deb] of tools) {
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

/** Removes those of a run that was killed; devices that lead into them go with them. */
export async function removeLeft(): Promise<void> {
  const { text } = await run(["ip", "netns", "list"]);
  for (const [name, pid] of text.matchAll(new RegExp(`^${PREFIX}(\\d+)[a-z]+`, "gm"))) {
    const isRunning = (await run(["ps", "-p", pid!])).success;
    if (!isRunning) await run(["ip", "netns", "del", name]);
  }
}

/** Where a device is, and what it gets. */
export interface Connection {
  /** Its namespace. @default {ours} */
  readonly space?: string;
  readonly device: string;
  /** With their prefixes. */
  readonly addresses: readonly string[];
}

/**
 * Gives a device its addresses and switches it on. It makes no IPv6 address for itself: that would
 * come a second later, and a browser drops what it is loading when its network changes.
 * @throws {NoNamespacesError} If this system does not let us.
 */
export async function connect({ space, device, addresses }: Connection): Promise<void> {
  const ip = space === undefined ? ["ip"] : ["ip", "-n", space];
  await must([...ip, "link", "set", device, "addrgenmode", "none"]);
  for (const address of addresses) await must([...ip, "addr", "add", address, "dev", device]);
  await must([...ip, "link", "set", device, "up"]);
}

/** Runs a command. @throws {NoNamespacesError} If it fails. */
export async function must(command: readonly string[]): Promise<void> {
  const { success, text } = await run(command);
  if (success) return;
  throw new NoNamespacesError(`Packet loss needs what this system refuses: ${text.trim()}`);
}

/** Runs a command and says how it went. */
export async function run([command, ...args]: readonly string[]) {
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
