import { createSocket } from "node:dgram";

/** A coturn of our own, as long as it is held. */
export interface Coturn extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** All that it has logged. */
  log(): string;
}

/** How it is started. */
export interface CoturnOptions {
  /** To listen and to relay on. */
  readonly address: string;
  /** `static-auth-secret`. */
  readonly secret: string;
}

/** It is asked this often whether it listens, and given up after so many times. */
const ASK_MS = 100;
const ASKS = 100;

/** Whether the machine has coturn's `turnserver`. */
export async function hasCoturn(): Promise<boolean> {
  try {
    await new Deno.Command("turnserver", { args: ["--version"], stdout: "null", stderr: "null" })
      .output();
    return true;
  } catch {
    return false;
  }
}

/** Starts coturn with what credentials need. Its limits and ports are its own, not those of `server/deploy/coturn`. */
export async function startCoturn({ address, secret }: CoturnOptions): Promise<Coturn> {
  const folder = await Deno.makeTempDir({ prefix: "peerlens-coturn-" });
  const port = await freePort(address);
  const lines = [
    `listening-ip=${address}`,
    `relay-ip=${address}`,
    `listening-port=${port}`,
    "use-auth-secret",
    // In a file: arguments of a process, everybody can read.
    `static-auth-secret=${secret}`,
    "realm=peerlens",
    "fingerprint",
    "no-tls",
    "no-dtls",
    "no-cli",
    "no-multicast-peers",
    "verbose",
    "log-file=stdout",
    `pidfile=${folder}/pid`,
    `userdb=${folder}/db`,
  ];
  await Deno.writeTextFile(`${folder}/turnserver.conf`, `${lines.join("\n")}\n`, { mode: 0o600 });
  const child = new Deno.Command("turnserver", {
    args: ["-c", `${folder}/turnserver.conf`],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let text = "";
  const streams = Promise.all([child.stdout, child.stderr].map(async (stream) => {
    const decoder = new TextDecoder();
    for await (const chunk of stream) text += decoder.decode(chunk, { stream: true });
  }));
  const coturn: Coturn = {
    url: `turn:${address}:${port}`,
    port,
    log: () => text,
    async [Symbol.asyncDispose]() {
      try {
        child.kill("SIGKILL");
      } catch {
        // It has ended.
      }
      await child.status;
      await streams;
      await Deno.remove(folder, { recursive: true });
    },
  };
  for (let ask = 0; ask < ASKS; ask++) {
    if (/UDP listener opened on/i.test(text)) return coturn;
    await new Promise((resolve) => setTimeout(resolve, ASK_MS));
  }
  await coturn[Symbol.asyncDispose]();
  throw new Error(`Cannot start coturn: ${text.slice(-2000)}`);
}

/** Whether a TURN server gives a relay to these credentials, as coturn's own client finds. */
export async function isGranted(
  { port, username, credential }: {
    readonly port: number;
    readonly username: string;
    readonly credential: string;
  },
): Promise<boolean> {
  // Verbose, to itself, one message: what counts is how far it gets.
  const args = ["-v", "-y", "-c", "-n", "1", "-p", String(port), "-u", username, "-w", credential];
  const { stdout } = await new Deno.Command("turnutils_uclient", { args: [...args, "127.0.0.1"] })
    .output();
  const text = new TextDecoder().decode(stdout);
  if (/clnet_allocate: rtv=0/.test(text)) return true;
  if (/ERROR: Cannot complete Allocation/.test(text)) return false;
  throw new Error(`Cannot ask coturn: ${text.slice(-500)}`);
}

function freePort(address: string): Promise<number> {
  const socket = createSocket("udp4");
  return new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.bind(0, address, () => {
      const { port } = socket.address();
      socket.close(() => resolve(port));
    });
  });
}
