/**
 * Phone and viewer without a path to each other: pictures through the server, after consent.
 *
 * Takes about 165 s on two busy cores.
 */
import assert from "node:assert/strict";
import type { Metrics } from "@/protocol";
import type { Page } from "playwright-core";
import { blockWebSocket } from "../blocked_websocket.ts";
import { BROWSER, openBrowser, type RigBrowser } from "../browser.ts";
import { clipFile, personClip } from "../fixtures.ts";
import { hidePaths } from "../hidden_paths.ts";
import { makePhoneNetwork, type PhoneNetwork } from "../network/phone_network.ts";
import { alignmentOf } from "../overlay/alignment.ts";
import { openOverlayScene } from "../overlay/overlay_scene.ts";
import {
  exportMetrics,
  joinWithPhone,
  resetMetrics,
  scanQr,
  startCamera,
  waitForState,
} from "../people.ts";
import { waitForPerson as waitForClipPerson } from "../person_stage.ts";
import { type RigServer, startServer } from "../server.ts";
import { waitForVideo } from "../stage.ts";
import { startTcpProxy } from "../tcp_proxy.ts";

const NEEDS_NETWORK = { ignore: Deno.build.os !== "linux" || Deno.uid() !== 0 };

/** The pages give a path 8 s. */
const ASKED_MS = 30_000;

/** The phone makes a fresh connection every half a minute at the latest. */
const DIRECT_MS = 90_000;

const THROUGH = /1 phone connected through the server/;
const DIRECTLY = /1 phone connected$/;

const spec = await personClip();

interface RelayScene extends AsyncDisposable {
  readonly server: RigServer;
  readonly viewer: RigBrowser;
  readonly phone: RigBrowser;
  /** `null`: there is no path because the browsers may not look for one. */
  readonly network: PhoneNetwork | null;
}

/** How the two are kept from each other. */
interface RelaySetup {
  /** The phone is in a network of its own whose router drops all UDP; else its page looks for no path. */
  readonly ownNetwork?: boolean;
  /** Runs in both pages before anything else. */
  readonly initScript?: readonly (() => void)[];
  readonly flags?: readonly string[];
}

async function openRelayScene(setup: RelaySetup): Promise<RelayScene> {
  await using stack = new AsyncDisposableStack();
  const clip = stack.use(await clipFile(spec));
  const network = setup.ownNetwork ? stack.use(await makePhoneNetwork()) : null;
  await network?.lose(1);
  const ports = { https: 0 };
  const wire = network && stack.use(await startTcpProxy(() => ports.https, network.ourAddress));
  const publicHost = wire ? ["--public-host", `${network!.ourAddress}:${wire.port}`] : [];
  const server = stack.use(
    await startServer({
      env: { PEERLENS_MODELS: "" },
      flags: [...publicHost, ...setup.flags ?? []],
    }),
  );
  ports.https = server.ports.https;
  const scripts = { initScript: setup.initScript ?? [] };
  const viewer = stack.use(await openBrowser({ role: "viewer", ...scripts }));
  await viewer.page.goto(server.httpUrl);
  const phone = stack.use(
    await openBrowser({
      role: "phone",
      clip: clip.path,
      initScript: [...network ? [] : [hidePaths], ...scripts.initScript],
      ...(network ? { within: network.within } : {}),
    }),
  );
  await joinWithPhone(phone.page, await scanQr(viewer.page));
  const all = stack.move();
  return { server, viewer, phone, network, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

/** Has a page take frames from its video element. */
function hideFrameStreams(): void {
  const scope = globalThis as { MediaStreamTrackProcessor?: unknown; VideoFrame?: unknown };
  delete scope.MediaStreamTrackProcessor;
  delete scope.VideoFrame;
}

function agreeToRelay(): void {
  // Also run in the empty page that a tab begins with, which has no storage.
  if (location.protocol !== "about:") localStorage.setItem("peerlens.consent.relay", "given");
}

interface RelayHealth {
  readonly phones: number;
  readonly viewers: number;
  readonly framesReceived: number;
  readonly framesSent: number;
  readonly bytesReceived: number;
  readonly framesDropped: Readonly<Record<string, number>>;
}

async function relayOf({ httpUrl }: RigServer): Promise<RelayHealth> {
  return (await (await fetch(`${httpUrl}/healthz`)).json()).relay;
}

const waitForPerson = (page: Page) => waitForClipPerson(page, spec);

const dialogOf = ({ page }: RigBrowser) => page.getByTestId("relay-consent");
const agree = ({ page }: RigBrowser) =>
  page.getByRole("button", { name: "Show it through the server" }).click();

/** Waits until traffic of the last seconds is measured. @returns What is measured by then. */
async function waitForTraffic(page: Page): Promise<Metrics> {
  const deadline = performance.now() + ASKED_MS;
  for (;;) {
    await page.getByTestId("export-metrics").and(page.locator(":enabled")).waitFor();
    const metrics = await exportMetrics(page);
    if (metrics.uplink_kbps !== null && metrics.downlink_kbps !== null) return metrics;
    assert.ok(performance.now() < deadline, "traffic is not measured");
    await page.waitForTimeout(300);
  }
}

/** Waits until no frame has come for a second. */
async function framesRest(server: RigServer): Promise<void> {
  for (let before = -1;;) {
    const { framesReceived } = await relayOf(server);
    if (framesReceived === before) return;
    before = framesReceived;
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
}

Deno.test(
  "no UDP between phone and viewer: pictures through the server after consent, and directly again",
  { ...BROWSER, ...NEEDS_NETWORK },
  async () => {
    await using scene = await openRelayScene({ ownNetwork: true });
    const { server, viewer, phone, network } = scene;
    await dialogOf(viewer).waitFor({ timeout: ASKED_MS });
    assert.deepEqual(
      [(await relayOf(server)).framesReceived, (await relayOf(server)).phones],
      [0, 0],
      "nothing goes before the answer",
    );
    assert.equal(await phone.page.getByTestId("relay").count(), 0);
    await agree(viewer);
    await waitForState(viewer.page, THROUGH);
    await waitForVideo(viewer.page);
    await waitForPerson(viewer.page);
    assert.match(
      await viewer.page.getByTestId("privacy").innerText(),
      /through the Peerlens server at localhost/,
    );
    await phone.page.getByText("Live through the server").waitFor();
    assert.match(
      await phone.page.getByTestId("privacy").innerText(),
      new RegExp(`through the Peerlens server at ${network!.ourAddress}`),
    );
    const relay = await relayOf(server);
    assert.ok(relay.framesReceived > 0 && relay.framesSent > 0, JSON.stringify(relay));
    await resetMetrics(viewer.page);
    const metrics = await waitForTraffic(viewer.page);
    // The phone's clock is known over the server as well, and what came is counted.
    assert.equal(metrics.capture_clock, "phone");
    assert.ok(metrics.clock_error_ms! > 0 && metrics.median_latency_ms! > 0);
    assert.ok(metrics.uplink_kbps! > metrics.downlink_kbps!, "pictures go one way");

    await phone.page.getByRole("button", { name: "Pause" }).click();
    await viewer.page.getByText("The camera is paused.").waitFor();
    await framesRest(server);
    await phone.page.getByRole("button", { name: "Resume" }).click();
    await waitForVideo(viewer.page);

    await network!.lose(0);
    await viewer.page.getByTestId("state").filter({ hasText: DIRECTLY })
      .waitFor({ timeout: DIRECT_MS });
    await phone.page.getByText("Live on the computer.").waitFor();
    await waitForVideo(viewer.page);
    await waitForPerson(viewer.page);
    const after = await relayOf(server);
    assert.deepEqual([after.phones, after.viewers], [0, 0]);
    await framesRest(server);

    await network!.lose(1);
    await viewer.page.getByTestId("state").filter({ hasText: THROUGH })
      .waitFor({ timeout: DIRECT_MS });
    assert.equal(await dialogOf(viewer).count(), 0, "asked once in this browser");
    await waitForVideo(viewer.page);
    assert.deepEqual([viewer.errors, phone.errors], [[], []]);
  },
);

Deno.test(
  "no path and no WebSocket: the same over streamed answers and POSTs, in server mode too",
  BROWSER,
  async () => {
    await using scene = await openRelayScene({
      initScript: [blockWebSocket],
      flags: ["--mode", "server"],
    });
    const { server, viewer, phone } = scene;
    await dialogOf(viewer).waitFor({ timeout: ASKED_MS });
    assert.equal((await relayOf(server)).framesReceived, 0);
    await agree(viewer);
    await waitForState(viewer.page, THROUGH);
    // That they are examined there is another question.
    await viewer.page.getByRole("button", { name: "Send frames to the server" }).click();
    await waitForPerson(viewer.page);
    await phone.page.getByText("It also looks for objects in them").waitFor();
    // A phone that loads its page again is shown again, without a further question.
    await phone.page.reload();
    await startCamera(phone.page);
    await viewer.page.waitForTimeout(1_000);
    await waitForState(viewer.page, THROUGH);
    await waitForVideo(viewer.page);
    assert.equal(await dialogOf(viewer).count(), 0);
    assert.deepEqual([viewer.errors, phone.errors], [[], []]);
  },
);

Deno.test("no path: who says no is shown nothing, and may change their mind", BROWSER, async () => {
  await using scene = await openRelayScene({});
  const { server, viewer, phone } = scene;
  await dialogOf(viewer).waitFor({ timeout: ASKED_MS });
  await viewer.page.keyboard.press("Escape");
  await dialogOf(viewer).waitFor({ state: "detached" });
  await viewer.page.waitForTimeout(2_000);
  assert.deepEqual([(await relayOf(server)).phones, (await relayOf(server)).framesReceived], [
    0,
    0,
  ]);
  await viewer.page.getByRole("button", { name: "Show through the server" }).click();
  await agree(viewer);
  await waitForState(viewer.page, THROUGH);
  await waitForVideo(viewer.page);

  // The person at the phone has a say as well.
  await phone.page.getByRole("button", { name: "Don't send through the server" }).click();
  await phone.page.getByText("Nothing goes through the server.").waitFor();
  await viewer.page.getByText("the person holding it declined").first().waitFor();
  await viewer.page.getByTestId("state").filter({ hasNotText: "through the server" }).waitFor();
  await framesRest(server);
  assert.equal((await relayOf(server)).phones, 0);
  await phone.page.getByRole("button", { name: "Allow it" }).click();
  await waitForState(viewer.page, THROUGH);
  await waitForVideo(viewer.page);
  assert.deepEqual([viewer.errors, phone.errors], [[], []]);
});

Deno.test(
  "no path, and the server restarts: the picture comes back through it",
  BROWSER,
  async () => {
    // And frames are taken from the video element, as on iPhones before iOS 18.
    const initScript = [agreeToRelay, hideFrameStreams];
    await using scene = await openRelayScene({ initScript });
    const { server, viewer, phone } = scene;
    await waitForState(viewer.page, THROUGH);
    await waitForVideo(viewer.page);
    assert.equal(await dialogOf(viewer).count(), 0);
    await server.stop();
    await server.start();
    await waitForState(viewer.page, THROUGH);
    await waitForVideo(viewer.page);
    await waitForPerson(viewer.page);
    assert.deepEqual([viewer.errors, phone.errors], [[], []]);
  },
);

Deno.test(
  "--relay off: nobody is asked, and nothing goes through the server",
  BROWSER,
  async () => {
    await using scene = await openRelayScene({ flags: ["--relay", "off"] });
    const { server, viewer } = scene;
    await viewer.page.getByText("Cannot reach the phone yet").first().waitFor();
    await viewer.page.waitForTimeout(2_000);
    assert.equal(await dialogOf(viewer).count(), 0);
    assert.equal(await relayOf(server), null);
  },
);

/** Counts what a page sends the server: bytes of messages, and of bodies of POSTs. */
function countSent(): void {
  const counts = { sentBytes: 0 };
  Object.assign(globalThis, { counts });
  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (data) {
    counts.sentBytes += data instanceof Uint8Array ? data.length : 0;
    return send.call(this, data);
  };
}

const sentBytes = (page: Page) =>
  page.evaluate(() =>
    (globalThis as unknown as { counts: { sentBytes: number } }).counts.sentBytes
  );

for (const mode of ["wasm", "server"] as const) {
  Deno.test(
    `synced, through the server, in ${mode} mode: every frame on the screen has boxes of that very frame`,
    BROWSER,
    async () => {
      await using scene = await openOverlayScene({
        mode,
        fps: 10,
        wrongClock: "page",
        viewerScript: [hidePaths, agreeToRelay, countSent],
      });
      const { viewer: { page, errors } } = scene;
      await scene.show({ display: "synced" });
      await waitForVideo(page);
      const before = await relayOf(scene.server);
      assert.ok(before.framesSent > 0);
      const sentBefore = await sentBytes(page);
      const found = alignmentOf(await scene.watch(8_000), scene.truth);
      const words = JSON.stringify(found);
      assert.ok(found.frames > 20, words);
      assert.equal(found.unread, 0, words);
      assert.ok(found.boxedShare! >= 0.95, words);
      assert.ok(found.toOwn.count > 10, words);
      assert.ok(found.toOwn.share! >= 0.95, words);
      // The server has them: none goes up again.
      const upBytes = await sentBytes(page) - sentBefore;
      const downBytes = (await relayOf(scene.server)).bytesReceived - before.bytesReceived;
      assert.ok(upBytes < downBytes / 4, `${upBytes} bytes up, ${downBytes} down`);
      assert.deepEqual(errors, []);
    },
  );
}
