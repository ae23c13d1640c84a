/** The image and the compose file, tried for real: what is in it, how it starts, works and ends. */
import { type Given, runCommand, text } from "../command.ts";
import { ASSETS } from "../fixtures.ts";
import { writeFigures } from "../result_file.ts";
import { say } from "../screen.ts";
import { compose, ensureEngine } from "./engine.ts";
import { buildImage, checkContents, imageFacts } from "./image.ts";
import { type Running, startService, startsWithoutNetwork } from "./running.ts";
import { type Visit, visit, visitScene, warnings } from "./visit.ts";

/** As the compose file calls it. */
const IMAGE = "peerlens";

/** What is promised of SIGTERM, and of the size beyond the base image and ffmpeg. */
const STOP_MS = 2_000;
const ADDED_BYTES = 450e6;

const HELP =
  `Builds the image, tries it and its compose file, and writes bench/results/container.json.

  deno task bench container [--no-build] [--build-network NETWORK] [--public-host ADDRESS]

  --no-build        take the image that is there
  --build-network   network of the build, such as host
  --public-host     this computer's address, for the service \`bridge\` (default: the first one)

Needs a Docker engine with Compose, Chromium, PEERLENS_ASSETS (pictures), and the ports 3100, 3543 and
31000 to 31031 free. Without an engine it says so and ends with status 1. DENO_DIGEST= in the environment
takes the base image that has the tag here.
`;

const FLAGS = { "no-build": null, "build-network": text, "public-host": text };

interface ServiceFacts {
  readonly "ready_ms": number;
  readonly "stop_ms": number;
  readonly "visit": Visit;
}

/** See {@linkcode HELP}. @returns The exit code: 1 when something is not as promised, too. */
export function run(args: readonly string[]): Promise<number> {
  return runCommand(args, { help: HELP, flags: FLAGS }, async (given) => {
    await ensureEngine();
    if (!ASSETS) throw new Error("Cannot measure without pictures: set PEERLENS_ASSETS");
    return await measure(given);
  });
}

async function measure(flags: Given<typeof FLAGS>) {
  if (!flags["no-build"]) step("building");
  const buildS = flags["no-build"] ? null : await buildImage(IMAGE, flags["build-network"] ?? null);
  const image = await imageFacts(IMAGE, buildS);
  step(
    `${mb(image.image_bytes)}, of which ${mb(image.added_bytes)} are ours and ` +
      `${mb(image.ffmpeg_bytes)} ffmpeg's`,
  );
  await checkContents(IMAGE);
  step("contents as they should be: no build tools, one platform's natives, code not writable");
  await compose(["config", "--quiet"]);
  step("the compose file is valid");
  await startsWithoutNetwork(IMAGE);
  step("starts without any network");

  const address = flags["public-host"] ?? ownAddress();
  const host = await tryHost();
  const bridge = await tryBridge(address);
  const written = await writeFigures("container", {
    image,
    "target_stop_ms": STOP_MS,
    "target_added_bytes": ADDED_BYTES,
    services: { host, bridge },
  });
  const slowest = Math.max(host.stop_ms, bridge.stop_ms);
  const isMet = slowest <= STOP_MS && image.added_bytes <= ADDED_BYTES;
  const words = `stop ${slowest} ms (at most ${STOP_MS}), image ${mb(image.added_bytes)} over ` +
    `its base and ffmpeg (at most ${mb(ADDED_BYTES)}): ${isMet ? "met" : "MISSED"}`;
  return { text: `${words}\n${written}`, code: isMet ? 0 : 1 };
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
  const options = { service: "bridge", port: 3100 } as const;
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
  await visitScene(running.httpUrl);
  step(`${name}: the demo scene is there, with boxes`);
  await running.healthy();
  const stopMs = Math.round(await running.stop());
  step(`${name}: healthy; ended ${stopMs} ms after SIGTERM with status 0`);
  return { "ready_ms": readyMs, "stop_ms": stopMs, visit: seen };
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
  say(Deno.stdout, `${text}\n`, 0);
}
