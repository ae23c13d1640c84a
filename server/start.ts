import type { ServerConfig } from "./base/config.ts";
import {
  FLAGS,
  type Flags,
  helpText,
  IMAGE_VARIABLE,
  inImageWords,
  NO_PORT,
  parseFlags,
  UsageError,
  WORKER_WORD,
  WRONG_VALUE,
} from "./base/flags.ts";
import { findOnPath } from "./base/find_on_path.ts";
import { openFilesEnv } from "./launcher/open_files.ts";
import type { ModelRunner } from "./launcher/model_runner.ts";
import type { ServerChild } from "./launcher/server_child.ts";
import { NO_TELEMETRY, serverTelemetry } from "./base/telemetry_env.ts";
import { stackOf, Uncaught } from "./base/uncaught.ts";
import { APP_VERSION } from "./base/version.ts";

/**
 * ENTRY of `deno task start`: packages, client build, then the server in a process of its own with
 * the least permissions that its configuration needs; while that runs, it runs the changes of the models that
 * the server asks for. Imports nothing but Deno's own before the packages are there.
 *
 * @module
 */

const ROOT = new URL("../", import.meta.url);

const IS_PREBUILT = Deno.env.get(IMAGE_VARIABLE) === "1";

/** In a container that is started again whenever it ends: what stays wrong is said once. */
const IS_HELD = Deno.env.get("PEERLENS_ON_FAULT") === "wait";

/** Longer than the server takes to tell its sockets and leave. */
const STOP_MS = 3_000;
/** Longer than a worker takes to hand its streams over. */
const WORKER_STOP_MS = 11_000;

async function main(args: readonly string[]): Promise<number> {
  const isWorker = args[0] === WORKER_WORD;
  const flags = parseFlags(isWorker ? args.slice(1) : args);
  if (flags.help !== undefined) return say(helpText(), 0);
  if (flags.version !== undefined) return say(`Peerlens ${APP_VERSION}\n`, 0);

  if (!IS_PREBUILT && await installPackages() !== 0) {
    return say("Could not install the packages (see above). The first start needs a network.\n", 1);
  }
  if (isWorker) return await runWorker(args.slice(1));
  const { loadConfig, readEnv } = await import("./base/config.ts");
  const { serverPermissions } = await import("./launcher/permissions.ts");
  const { prepareTunnel } = await import("./tunnel/prepare_tunnel.ts");
  const { endLeftover } = await import("./tunnel/tool_note.ts");
  const given = readEnv();
  const ffmpeg = given["PEERLENS_FFMPEG"] || await findOnPath("ffmpeg") || "";
  const config = loadConfig({ env: { ...given, PEERLENS_FFMPEG: ffmpeg }, flags });
  if (IS_PREBUILT) checkImageConfig(config, flags);
  const prepared = await prepareTunnel(config, deno);
  if ("problem" in prepared) return say(`${prepared.problem}\n`, 1);
  const permissions = serverPermissions(config, prepared);

  const built = IS_PREBUILT || await buildPages() === 0;
  if (!built) return say("Could not build the pages (see above).\n", 1);
  await endLeftover(config.dataDir);
  const { ServerChild } = await import("./launcher/server_child.ts");
  const server = new ServerChild({
    args: ["run", "--quiet", ...permissions, "server/main.ts", ...args],
    cwd: ROOT,
    env: {
      ...serverTelemetry((name) => Deno.env.get(name)),
      ...await openFilesEnv((name) => Deno.env.get(name)),
      PEERLENS_FFMPEG: ffmpeg,
    },
  });
  // In an image nothing can be changed.
  const models = IS_PREBUILT ? null : await openModelRunner(config, server);
  const code = await untilEnd({ kill: (signal) => server.kill(signal), code: server.code });
  await models?.stop();
  // Its own end is the server's to see to, but one that was killed could not.
  await endLeftover(config.dataDir);
  return code;
}

/** A worker has no pages, no tunnel, and nothing that could be changed. */
async function runWorker(args: readonly string[]): Promise<number> {
  const { readWorkerConfig } = await import("./workers/worker_config.ts");
  const { workerPermissions } = await import("./launcher/permissions.ts");
  const permissions = workerPermissions(readWorkerConfig(args));
  return await deno(
    ["run", "--quiet", ...permissions, "server/worker.ts", ...args],
    WORKER_STOP_MS,
  );
}

/** The image's health check asks where the variables say that the server is. */
function checkImageConfig({ httpPort }: ServerConfig, flags: Flags): void {
  for (const name of ["port", "host"] as const) {
    if (flags[name] === undefined) continue;
    const { env } = FLAGS.find((flag) => flag.name === name)!;
    throw new UsageError(`Set ${env}, which is no flag here: the health check goes by it`);
  }
  if (httpPort === 0) {
    throw new UsageError("PEERLENS_PORT must be 1 to 65535 here: the health check goes by it");
  }
}

/** Waits for a signal, so that nobody starts this again and again with what is wrong. */
async function hold(): Promise<void> {
  const end = Promise.withResolvers<void>();
  const stop = () => end.resolve();
  for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(signal, stop);
  say("Nothing is served until this is changed and the container is made anew.\n", 1);
  // A promise alone keeps nobody alive.
  const timer = setInterval(() => {}, 60_000);
  await end.promise;
  clearInterval(timer);
}

function installPackages(): Promise<number> {
  say("Packages: checking …\n", 0);
  return deno(["install", "--quiet", "--frozen"]);
}

function buildPages(): Promise<number> {
  return deno(["run", "--quiet", "-P=build", "client/build.ts"]);
}

/** Runs Deno with our output. @returns Its exit code. */
async function deno(args: readonly string[], stopMs = STOP_MS): Promise<number> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd: ROOT,
    env: NO_TELEMETRY,
  }).spawn();
  return await untilEnd({
    kill: (signal) => child.kill(signal),
    code: child.status.then(({ code }) => code),
  }, stopMs);
}

/** What the server may not do itself it asks of us. */
async function openModelRunner(config: ServerConfig, server: ServerChild): Promise<ModelRunner> {
  const { ModelRunner } = await import("./launcher/model_runner.ts");
  const models = new ModelRunner({ config, send: (report) => server.send(report) });
  server.onMessage((message) => models.receive(message));
  return models;
}

/** A program of ours, however it was started. */
interface Child {
  kill(signal: "SIGTERM" | "SIGKILL"): void;
  readonly code: Promise<number>;
}

/** Passes signals on to a program until it ends. @returns Its exit code. */
async function untilEnd(child: Child, stopMs = STOP_MS): Promise<number> {
  let kill: ReturnType<typeof setTimeout> | undefined;
  const stop = () => {
    kill ??= setTimeout(() => child.kill("SIGKILL"), stopMs);
    try {
      child.kill("SIGTERM");
    } catch {
      // It has just ended by itself.
    }
  };
  // Windows knows no SIGTERM.
  const signals = Deno.build.os === "windows"
    ? (["SIGINT", "SIGBREAK"] as const)
    : (["SIGINT", "SIGTERM", "SIGHUP"] as const);
  for (const signal of signals) Deno.addSignalListener(signal, stop);
  const code = await child.code;
  clearTimeout(kill);
  for (const signal of signals) Deno.removeSignalListener(signal, stop);
  return code;
}

function say(text: string, code: number): number {
  const stream = code === 0 ? Deno.stdout : Deno.stderr;
  stream.writeSync(new TextEncoder().encode(text));
  return code;
}

async function run(): Promise<number> {
  try {
    return await main(Deno.args);
  } catch (error) {
    if (!(error instanceof UsageError)) return say(`${stackOf(error)}\n`, 1);
    return say(`${inImageWords(error.message, IS_PREBUILT)}\n`, WRONG_VALUE);
  }
}

new Uncaught();
const code = await run();
if (IS_HELD && (code === WRONG_VALUE || code === NO_PORT)) await hold();
Deno.exit(code);
