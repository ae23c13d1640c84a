/**
 * For work on Peerlens: builds the client and runs the server, and does so again when a source
 * changes. Flags are the server's.
 *
 * @module
 */
import { DENO, print, ROOT, run } from "./process.ts";

// An editor that saves several files at once, or writes and renames, causes a burst of events.
const DEBOUNCE_MS = 150;

// Longer than the server takes to tell its sockets and leave.
const STOP_MS = 5_000;

const WATCHED = ["server", "client", "crates/vision/pkg", "crates/vision/mod.ts", "models"];

const say = (text: string) => print(`dev: ${text}\n`);

let server: Deno.ChildProcess | undefined;

async function stopServer(): Promise<void> {
  const child = server;
  server = undefined;
  if (!child) return;
  const kill = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
  try {
    child.kill("SIGTERM");
  } catch {
    // It had ended by itself, and said why.
  }
  await child.status;
  clearTimeout(kill);
}

/** The old server stays until the new client is built: a typing error does not take it down. */
async function rebuild(): Promise<void> {
  say("building the client");
  if ((await run([DENO, "run", "--quiet", "-P=build", "client/build.ts"])).code !== 0) {
    say("the client does not build; waiting for a change");
    return;
  }
  await stopServer();
  say("starting the server");
  server = new Deno.Command(DENO, {
    args: ["run", "--quiet", "-P=start", "server/start.ts", ...Deno.args],
    cwd: ROOT,
    stdin: "null",
  }).spawn();
  const started = server;
  started.status.then(({ code }) => {
    if (server === started) say(`the server ended with code ${code}; waiting for a change`);
  });
}

const watcher = Deno.watchFs(WATCHED.map((path) => `${ROOT}/${path}`));
let stopping = false;
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.addSignalListener(signal, async () => {
    if (stopping) return;
    stopping = true;
    watcher.close();
    await stopServer();
    Deno.exit(0);
  });
}

let building = rebuild();
let timer: ReturnType<typeof setTimeout> | undefined;
for await (const event of watcher) {
  const paths = event.paths.filter((path) => !path.includes("/.") && !path.endsWith("_test.ts"));
  if (event.kind === "access" || paths.length === 0) continue;
  clearTimeout(timer);
  timer = setTimeout(() => {
    say(`${paths[0]?.slice(ROOT.length + 1)} changed`);
    building = building.then(rebuild);
  }, DEBOUNCE_MS);
}
