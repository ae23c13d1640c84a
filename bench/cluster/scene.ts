import type { Page } from "playwright-core";
import { launchBrowser, type RigBrowser } from "../browser.ts";
import { calmViewer } from "../calm_viewer.ts";
import { clipFile, personClip } from "../fixtures.ts";
import { type NatsServer, startNatsCluster } from "../nats_server.ts";
import { keepConnections } from "../page_connections.ts";
import { joinWithPhone, scanQr, waitForPhones } from "../people.ts";
import { type RigServer, startServer } from "../server.ts";
import { startTcpProxy } from "../tcp_proxy.ts";
import { type RigWorker, startWorker } from "../worker.ts";

/** Three NATS servers, two web nodes without models, two workers; a viewer and a phone. */
export interface ClusterScene extends AsyncDisposable {
  readonly nats: readonly NatsServer[];
  readonly webs: readonly RigServer[];
  /** Those that run; a test that ends one takes it out. */
  readonly workers: RigWorker[];
  readonly viewer: RigBrowser;
  readonly phone: RigBrowser;
  /** To which web node new connections of a page are led. At first the viewer's to 0 and the phone's to 1. */
  lead(page: "viewer" | "phone", web: number): void;
  /** Starts one more, and waits until it is ready. */
  addWorker(): Promise<void>;
}

/** Starts all of it; the viewer has frames examined on the server, and its person agreed to that. */
export async function openClusterScene(): Promise<ClusterScene> {
  await using stack = new AsyncDisposableStack();
  const nats = await startNatsCluster(3);
  nats.forEach((one) => stack.use(one));
  const url = nats.map((one) => one.url).join(",");
  const clip = stack.use(await clipFile(await personClip()));
  // What stands before web nodes in a real place: it leads each page to whichever there is.
  const leads = { viewer: 0, phone: 0 };
  const balancers = {
    viewer: stack.use(await startTcpProxy(() => leads.viewer)),
    phone: stack.use(await startTcpProxy(() => leads.phone)),
  };
  const startWeb = async () =>
    stack.use(
      await startServer({
        env: { PEERLENS_CLUSTER_SECRET: "a-secret-of-all-nodes" },
        flags: [
          ...["--mode", "server", "--nats", url, "--inference", "remote", "--camera", "none"],
          ...["--public-host", `localhost:${balancers.viewer.port}`],
        ],
      }),
    );
  const webs = [await startWeb(), await startWeb()];
  const lead = (page: "viewer" | "phone", web: number) => leads[page] = webs[web]!.ports.https;
  lead("viewer", 0);
  lead("phone", 1);
  const workers: RigWorker[] = [];
  stack.defer(async () => {
    await Promise.all(workers.map((worker) => worker[Symbol.asyncDispose]()));
  });
  const addWorker = async () => {
    const worker = await startWorker({ nats: url });
    workers.push(worker);
    await worker.says("inference ready");
  };
  await addWorker();
  await addWorker();
  const viewers = stack.use(await launchBrowser({ role: "viewer", compilesLess: true }));
  const phones = stack.use(await launchBrowser({ role: "phone", clip: clip.path }));
  const initScript = [keepConnections, ...await calmViewer(webs[0]!)];
  const viewer = stack.use(await viewers.open({ initScript }));
  const phone = stack.use(await phones.open({}));
  const { page } = viewer;
  await page.goto(`https://localhost:${balancers.viewer.port}/`);
  const join = new URL(await scanQr(page));
  join.port = String(balancers.phone.port);
  await joinWithPhone(phone.page, join.href);
  await waitForPhones(page, 1);
  await page.getByRole("button", { name: "Send frames to the server" }).click();
  const all = stack.move();
  const scene = { nats, webs, workers, viewer, phone, lead, addWorker };
  return { ...scene, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

declare global {
  var videoTimesMs: number[] | undefined;
}

/** Notes from now on when the page's video element shows a frame. */
export async function watchVideo(page: Page): Promise<void> {
  await page.evaluate(() => {
    const times: number[] = [];
    globalThis.videoTimesMs = times;
    const video = document.querySelector<HTMLVideoElement>("[data-testid=video]")!;
    const note = () => {
      if (globalThis.videoTimesMs !== times) return;
      times.push(performance.timeOrigin + performance.now());
      video.requestVideoFrameCallback(note);
    };
    video.requestVideoFrameCallback(note);
  });
}

/** The longest time without a frame since {@linkcode watchVideo}, ms. */
export async function longestVideoGapMs(page: Page): Promise<number> {
  const { times, nowMs } = await page.evaluate(() => ({
    times: globalThis.videoTimesMs ?? [],
    nowMs: performance.timeOrigin + performance.now(),
  }));
  return longestGapMs([...times, nowMs]);
}

/** The longest time between two that follow each other, ms; 0 where there are not two. */
export function longestGapMs(timesMs: readonly number[]): number {
  return timesMs.reduce(
    (most, timeMs, at) => at === 0 ? 0 : Math.max(most, timeMs - timesMs[at - 1]!),
    0,
  );
}

/** The worker that examines the viewer's frames. @throws {Error} If none does. */
export async function busyWorker(
  { webs, workers }: Pick<ClusterScene, "webs" | "workers">,
): Promise<RigWorker> {
  for (const { httpUrl } of webs) {
    const { inference } = await (await fetch(`${httpUrl}/healthz`)).json();
    const busy = inference.members.find(({ streams }: { streams: number }) => streams > 0);
    const worker = workers.find(({ id }) => id === busy?.id);
    if (worker !== undefined) return worker;
  }
  throw new Error("Cannot go on: no worker has the stream");
}

/** Which web node has the room: pages of two nodes are in it, and one has them both. */
export async function homeOf(webs: readonly RigServer[]): Promise<number | null> {
  for (const [index, { httpUrl }] of webs.entries()) {
    const text = await fetch(`${httpUrl}/metrics`, { signal: AbortSignal.timeout(2_000) })
      .then((response) => response.text()).catch(() => "");
    const pages = [...text.matchAll(/^peerlens_peers\{role="(?:owner|phone)"\} (\d+)$/gm)]
      .reduce((sum, [, count]) => sum + Number(count), 0);
    if (pages === 2) return index;
  }
  return null;
}
