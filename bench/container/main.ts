/** The image and the compose file, tried for real: what is in it, how it starts, works and ends. */
import { parseArgs } from "node:util";
import { ASSETS } from "../fixtures.ts";
import { say as sayTo } from "../load/screen.ts";
import { machineFacts } from "../machine.ts";
import { compose, ensureEngine, NoEngineError } from "./engine.ts";
import { buildImage, checkContents, imageFacts } from "./image.ts";
import { type Running, startService, startsWithoutNetwork } from "./running.ts";
import { type Visit, visit, warnings } from "./visit.ts";

const RESULT = new URL("../results/container.json", import.meta.url);

/** As the compose file calls it. */
const IMAGE = "peerlens";

/** What is promised of SIGTERM, and of the size beyond the base image. */
const STOP_MS = 2_000;
const ADDED_BYTES = 450e6;

const HELP =
  `Builds the image, tries it and its compose file, and writes bench/results/container.json.

  deno task bench container [--no-build] [--build-network NETWORK] [--public-host ADDRESS]

  --no-build        take the image that is there
  --build-network   network of the build, such as host
  --public-host     this computer's address, for the service \`bridge\` (default: the first one)

Needs a Docker engine with Compose, Chromium, PEERLENS_ASSETS (pictures), and the ports 3000, 3443 and
50000 to 50031 free. Without an engine it says so and ends with status 1.
`;

type Flags = Exclude<ReturnType<typeof readFlags>, string>;

interface ServiceFacts {
  readonly "ready_ms": number;
  readonly "stop_ms": number;
  readonly "visit": Visit;
}

/** Measures, prints, writes. @returns 0; 1 when something is not as promised; 2 for arguments. */
export async function run(args: readonly string[]): Promise<number> {
  const flags = readFlags(args);
  if (typeof flags === "string") return say(`${flags}\n\n${HELP}`, 2);
  if (flags.help) return say(HELP, 0);
  try {
    await ensureEngine();
  } catch (error) {
    if (!(error instanceof NoEngineError)) throw error;
    return say(`${error.message}\n`, 1);
  }
  if (!ASSETS) return say("Cannot measure without pictures: set PEERLENS_ASSETS\n", 2);
  try {
    return await measure(flags);
  } catch (error) {
    return say(`${error instanceof Error ? error.message : error}\n`, 1);
  }
}

async function measure(flags: Flags): Promise<number> {
  if (!flags["no-build"]) step("building");
  const buildS = flags["no-build"] ? null : await buildImage(IMAGE, flags["build-network"] ?? null);
  const image = await imageFacts(IMAGE, buildS);
  step(`${mb(image.image_bytes)}, of which ${mb(image.added_bytes)} are ours`);
  await checkContents(IMAGE);
  step("contents as they should be: no build tools, one platform's natives, code not writable");
  await compose(["config", "--quiet"]);
  step("the compose file is valid");
  await startsWithoutNetwork(IMAGE);
  step("starts without any network");

  const address = flags["public-host"] ?? ownAddress();
  const host = await tryHost();
  const bridge = await tryBridge(address);
  const report = {
    schema: 1,
    "measured_at": new Date().toISOString(),
    machine: machineFacts(),
    image,
    "target_stop_ms": STOP_MS,
    "target_added_bytes": ADDED_BYTES,
    services: { host, bridge },
  };
  await Deno.writeTextFile(RESULT, `${JSON.stringify(report, undefined, 2)}\n`);
  const slowest = Math.max(host.stop_ms, bridge.stop_ms);
  const isMet = slowest <= STOP_MS && image.added_bytes <= ADDED_BYTES;
  return say(
    `stop ${slowest} ms (at most ${STOP_MS}), image ${
      mb(image.added_bytes)
    } over its base (at most ` +
      `${mb(ADDED_BYTES)}): ${isMet ? "met" : "MISSED"}\n`,
    isMet ? 0 : 1,
  );
}

/** The service that needs nothing: this computer's own network. */
async function tryHost(): Promise<ServiceFacts> {
  const [port, httpsPort] = [13_000, 13_443];
  const env = {
    MODE: "server",
    PEERLENS_PORT: String(port),
    PEERLENS_HTTPS_PORT: String(httpsPort),
  };
  await using running = await startService({ service: "peerlens", port, env });
  return await tryService("host network", running);
}

/** The service with ports: without the address it says so; with it a phone finds its way. */
async function tryBridge(address: string): Promise<ServiceFacts> {
  const options = { service: "bridge", port: 3000 } as const;
  {
    const env = { MODE: "server", PEERLENS_PUBLIC_HOST: "" };
    await using running = await startService({ ...options, env });
    const said = [await running.log(), ...await warnings(running.httpUrl)];
    const page = said.slice(1).join("\n");
    if (!said[0]!.includes("PEERLENS_PUBLIC_HOST")) throw new Error("The log does not warn");
    if (!page.includes("PEERLENS_PUBLIC_HOST")) throw new Error(`The page does not warn: ${page}`);
    step("bridge: without PEERLENS_PUBLIC_HOST the log and the page say so");
  }
  const env = { MODE: "server", PEERLENS_PUBLIC_HOST: address };
  await using running = await startService({ ...options, env });
  const facts = await tryService("bridge", running);
  const { joinHost, serverAddresses } = facts.visit;
  if (joinHost !== address) throw new Error(`The QR code leads to ${joinHost}, not ${address}`);
  if (!serverAddresses.includes(address)) {
    throw new Error(`No UDP came through at ${address}: ${serverAddresses.join(", ")}`);
  }
  return facts;
}

async function tryService(name: string, running: Running): Promise<ServiceFacts> {
  const readyMs = Math.round(running.readyMs);
  step(`${name}: ready after ${readyMs} ms`);
  const seen = await visit(running.httpUrl);
  step(`${name}: a phone joined; boxes in both modes, frames over ${seen.transport}`);
  await running.healthy();
  const stopMs = Math.round(await running.stop());
  step(`${name}: healthy; ended ${stopMs} ms after SIGTERM with status 0`);
  return { "ready_ms": readyMs, "stop_ms": stopMs, visit: seen };
}

function readFlags(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        "no-build": { type: "boolean", default: false },
        "build-network": { type: "string" },
        "public-host": { type: "string" },
        help: { type: "boolean", default: false },
      },
    }).values;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** The first address that is neither of this machine alone nor of a container's bridge. */
function ownAddress(): string {
  const found = Deno.networkInterfaces().find(({ family, address, name }) =>
    family === "IPv4" && !address.startsWith("127.") && !/^(docker|br-|veth|plens)/.test(name)
  );
  if (found === undefined) throw new Error("No address of this computer: give one, --public-host");
  return found.address;
}

function mb(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`;
}

function step(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}

function say(text: string, code: number): number {
  return sayTo(code === 2 ? Deno.stderr : Deno.stdout, text, code);
}
