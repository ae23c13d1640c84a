import type { ClientConfig } from "@/protocol";
import { openBrowser, type RigBrowser } from "../browser.ts";
import { type CpuLimit, limitCpu } from "../cpu_limit.ts";
import { keepConnections } from "../page_connections.ts";
import { makePhoneNetwork, type PhoneNetwork } from "../network/phone_network.ts";
import { joinByQr } from "../people.ts";
import { OTHER_MODELS, type RigServer, startServer } from "../server.ts";
import { knowsThreads } from "../thread_memory.ts";
import { startTcpProxy } from "../tcp_proxy.ts";
import { type BenchCamera, makeCamera } from "./camera.ts";
import type { MetricsConfig } from "./config.ts";
import { agreeToServer } from "./phone_stats.ts";
import { treeOf } from "./process_tree.ts";
import { readProcesses, type RolePids, startedBy } from "./role_processes.ts";

/** One phone and its viewer, in a room of their own. */
export interface BenchUser {
  readonly phone: RigBrowser;
  readonly viewer: RigBrowser;
}

/** The app and all who use it. */
export interface BenchScene {
  readonly server: RigServer;
  readonly camera: BenchCamera;
  readonly users: readonly BenchUser[];
  readonly pids: RolePids;
  readonly network: PhoneNetwork | null;
  /** What holds each viewer to its cores; `null`: nothing does. */
  readonly viewerLimit: CpuLimit["means"] | null;
}

/** What setting up needs besides its configuration. */
export interface SceneTools {
  /** Takes what has to be ended; where something fails, too. */
  readonly stack: AsyncDisposableStack;
  note(text: string): void;
  /** On which the app listens. @default {this computer only} */
  readonly host?: string;
}

/**
 * Starts all of it and brings phones and viewers together.
 * @throws {Error} If something is missing or does not start.
 */
export async function openMetricsScene(
  config: MetricsConfig,
  { stack, note, host }: SceneTools,
): Promise<BenchScene> {
  const network = config.network === null ? null : stack.use(await makePhoneNetwork(note));
  note("making the camera's picture");
  const camera = stack.use(await makeCamera(config));
  note("starting the app");
  const app = await startedBy(() => startApp(config, network, { stack, host }));
  await needModel(app.started);
  const pids = { phone: [] as number[], viewer: [] as number[], server: app.pids };
  const users: BenchUser[] = [];
  let viewerLimit: BenchScene["viewerLimit"] = null;
  for (let at = 1; at <= config.users; at++) {
    note(config.users === 1 ? "phone and viewer join" : `phone and viewer ${at} join`);
    const before = pids.viewer.length;
    const user = await join(config, app.started, { network, camera, pids, stack });
    users.push(user);
    if (config.viewerCores !== null) {
      const table = await readProcesses();
      const tree = treeOf(table?.entries ?? [], pids.viewer.slice(before));
      const limit = stack.use(limitCpu(tree.map(({ pid }) => pid)));
      limit.set(config.viewerCores);
      viewerLimit = limit.means;
    }
  }
  if (network !== null && config.network !== null) {
    // Only now: joining is no part of what is measured.
    await network.lose(config.network.loss);
    await network.delay(config.network.delayMs);
  }
  return { server: app.started, camera, users, pids, network, viewerLimit };
}

async function startApp(
  { mode, profile, model }: MetricsConfig,
  network: PhoneNetwork | null,
  { stack, host }: Pick<SceneTools, "stack"> & { readonly host: string | undefined },
): Promise<RigServer> {
  const ports = { https: 0 };
  const proxy = network && stack.use(await startTcpProxy(() => ports.https, network.ourAddress));
  const server = stack.use(
    await startServer({
      ...(host === undefined ? {} : { host }),
      models: OTHER_MODELS,
      flags: [
        // Off is a choice of the page.
        ...["--mode", mode === "off" ? "wasm" : mode, "--profile", profile],
        ...(model === null ? [] : ["--model", model]),
        ...(proxy ? ["--public-host", `${network!.ourAddress}:${proxy.port}`] : []),
      ],
    }),
  );
  ports.https = server.ports.https;
  return server;
}

/** @throws {Error} In the app's own words, if there is no model: nothing would come of waiting. */
async function needModel({ httpUrl }: RigServer): Promise<void> {
  const answer = await fetch(`${httpUrl}/api/config`);
  const { models, modelProblem }: ClientConfig = await answer.json();
  if (models.length === 0) {
    throw new Error(`Cannot measure: ${modelProblem ?? "there is no model"}`);
  }
}

async function join(
  { display, mode, threads, page: state }: MetricsConfig,
  server: RigServer,
  { network, camera, pids, stack }: {
    network: PhoneNetwork | null;
    camera: BenchCamera;
    pids: Record<"phone" | "viewer", number[]>;
    stack: AsyncDisposableStack;
  },
): Promise<BenchUser> {
  const known = threads === null ? [] : [await knowsThreads(server, threads)];
  const viewer = await startedBy(() =>
    openBrowser({
      role: "viewer",
      keepsOnInterrupt: true,
      hasTabs: state === "hidden",
      initScript: [agreeToServer, ...known],
    })
  );
  stack.use(viewer.started);
  pids.viewer.push(...viewer.pids);
  const phone = await startedBy(() =>
    openBrowser({
      role: "phone",
      keepsOnInterrupt: true,
      clip: camera.path,
      initScript: keepConnections,
      ...(network ? { within: network.within } : {}),
    })
  );
  stack.use(phone.started);
  pids.phone.push(...phone.pids);
  const { page } = viewer.started;
  const choices = new URLSearchParams({ display, ...(mode === "off" ? { mode } : {}) });
  await page.goto(`${server.httpUrl}/?${choices}`);
  await joinByQr(phone.started.page, page);
  return { phone: phone.started, viewer: viewer.started };
}
