import { ensureTools, inNamespace, must, run } from "./namespaces.ts";

/** How long packets are held back. */
export interface Delay {
  readonly delayMs: number;
  /** Each packet up to so much more or less, evenly spread. */
  readonly jitterMs: number;
}

/** The kernel here need not know any delay: two tunnel devices lead packets through a program. */
const WAYS = [
  { from: "inside", tunnel: "tunin", table: "101", ports: [41_001, 41_011] },
  { from: "outside", tunnel: "tunout", table: "102", ports: [41_002, 41_012] },
] as const;

const RELAY = new URL("./delay_relay.ts", import.meta.url).pathname;

/**
 * Holds back what passes a router between its devices `inside` and `outside`, until it is let go of.
 * Packets from one of them go into a tunnel of their own, through the relay, and come out of the
 * other tunnel, from where they are routed as ever.
 * @param router Its namespace.
 * @throws {NoNamespacesError} If this system does not let us.
 */
export async function holdBack(
  router: string,
  { delayMs, jitterMs }: Delay,
  note: (text: string) => void,
): Promise<AsyncDisposable> {
  await ensureTools(note, [["socat", "socat"]]);
  await using stack = new AsyncDisposableStack();
  const within = inNamespace(router);
  await must(["ip", "-n", router, "link", "set", "lo", "up"]);
  const [a, b] = [WAYS[0].ports, WAYS[1].ports];
  const relay = start([
    ...[...within, Deno.execPath(), "run", "--quiet", "--allow-net=127.0.0.1", RELAY],
    ...[...a, ...b, delayMs, jitterMs].map(String),
  ]);
  stack.use(relay);
  await relay.ready;
  for (const { from, tunnel, table, ports: [relayPort, ownPort] } of WAYS) {
    stack.use(start([
      ...[...within, "socat", `TUN,tun-name=${tunnel},iff-up,iff-no-pi`],
      `UDP4:127.0.0.1:${relayPort},bind=127.0.0.1:${ownPort}`,
    ]));
    await appears(router, tunnel);
    // It gives packets out that it was never asked for.
    for (const device of [tunnel, "all"]) {
      const quiet = `echo 0 > /proc/sys/net/ipv4/conf/${device}/rp_filter`;
      await must([...within, "sh", "-c", quiet]);
    }
    const route = ["ip", "-n", router, "route", "replace", "default", "dev", tunnel];
    await must([...route, "table", table]);
    const rule = ["iif", from, "lookup", table];
    await must(["ip", "-n", router, "rule", "add", ...rule]);
    stack.defer(async () => void await run(["ip", "-n", router, "rule", "del", ...rule]));
  }
  const all = stack.move();
  return { [Symbol.asyncDispose]: () => all.disposeAsync() };
}

/** Starts a program that runs until it is let go of; `ready`: it has said something. */
function start([command, ...args]: readonly string[]) {
  const child = new Deno.Command(command!, {
    args,
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const reader = child.stdout.getReader();
  return {
    ready: reader.read(),
    async [Symbol.asyncDispose]() {
      try {
        child.kill("SIGTERM");
      } catch {
        // It has ended already.
      }
      await reader.cancel();
      await child.status;
    },
  };
}

async function appears(router: string, device: string): Promise<void> {
  for (let look = 0; look < 50; look++) {
    if ((await run(["ip", "-n", router, "link", "show", device])).success) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await must(["ip", "-n", router, "link", "show", device]);
}
