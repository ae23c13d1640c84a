// @all: waits for credentials to end
// @network: makes networks of fixed addresses
// Takes about 45 s on two busy cores.
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { type Coturn, hasCoturn, isGranted, startCoturn } from "../coturn.ts";
import { type BrowserProcess, launchBrowser } from "../browser.ts";
import { calmViewer } from "../calm_viewer.ts";
import { clipFile, emptyClip } from "../fixtures.ts";
import { inLanes, TOGETHER } from "../lanes.ts";
import { makeSplitNetwork, type SplitNetwork } from "../network/split_network.ts";
import { keepConnections } from "../page_connections.ts";
import { joinWithPhone, scanQr, waitForPhones } from "../people.ts";
import { joinMessage, newRoom, RawPeer } from "../room_client.ts";
import { startServer } from "../server.ts";
import { waitForVideo } from "../stage.ts";

// A phone and a viewer in networks without a way to each other, and a real coturn beside the server.

const SECRET = "north-wind-and-sun-7";

/** Some seconds of the clip without a person, which moves little. */
const MIN_VIDEO_BYTES = 20_000;

/** Elsewhere there are neither namespaces nor Debian's coturn. */
const ignore = Deno.build.os !== "linux" || Deno.uid() !== 0 || !(await hasCoturn());

/** Any page of ours, seen from outside: the connections that it made. */
// deno-lint-ignore no-explicit-any
type Any = any;

/** Kinds of the two candidates that carry the newest connection of a page. */
function carryingPair(page: Page): Promise<{ local: string; remote: string } | null> {
  return page.evaluate(async () => {
    const connection: RTCPeerConnection | undefined = globalThis.peerlensConnections!.at(-1)!;
    const report: Any = await connection?.getStats();
    const stats: Any[] = [...(report?.values() ?? [])];
    const transport = stats.find(({ type }) => type === "transport");
    const pair = report?.get(transport?.selectedCandidatePairId);
    if (!pair) return null;
    return {
      local: report.get(pair.localCandidateId).candidateType,
      remote: report.get(pair.remoteCandidateId).candidateType,
    };
  });
}

/** The name under which the newest connection of a page goes to the TURN server. */
function turnUser(page: Page): Promise<string> {
  return page.evaluate(() => {
    const connection: RTCPeerConnection = globalThis.peerlensConnections!.at(-1)!;
    return connection.getConfiguration().iceServers![0]!.username!;
  });
}

/** When credentials end, ms since the Unix epoch. */
function expiryMs(username: string): number {
  return Number(username.split(":")[0]) * 1000;
}

/** Waits until a clock shows that time; our own clock, on which server and coturn go as well. */
function until(timeMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, timeMs - Date.now()));
}

/** Bytes so far. The kernel's are read on both sides of the browser's, so that they enclose them. */
async function counters(network: SplitNetwork, viewer: Page) {
  const { received: fromPhone } = await network.carriedBytes("phone");
  const video: number = await viewer.evaluate(async () => {
    const connection: RTCPeerConnection = globalThis.peerlensConnections!.at(-1)!;
    const stats: Any[] = [...(await connection.getStats()).values()];
    return stats.find(({ type, kind }) => type === "inbound-rtp" && kind === "video").bytesReceived;
  });
  const { sent: toViewer } = await network.carriedBytes("viewer");
  return { fromPhone, video, toViewer };
}

/** Browsers of both people in networks without a way to each other, for any number of rooms. */
interface Apart extends AsyncDisposable {
  readonly network: SplitNetwork;
  readonly viewers: BrowserProcess;
  readonly phones: BrowserProcess;
}

async function openApart(): Promise<Apart> {
  await using stack = new AsyncDisposableStack();
  const clip = stack.use(await clipFile(emptyClip()));
  const network = stack.use(await makeSplitNetwork());
  const { viewer: nearViewer, phone: nearPhone } = network.within;
  const viewers = stack.use(
    await launchBrowser({ role: "viewer", compilesLess: true, within: nearViewer }),
  );
  const phones = stack.use(
    await launchBrowser({ role: "phone", clip: clip.path, within: nearPhone }),
  );
  const all = stack.move();
  return { network, viewers, phones, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

/** The app, and both people in a room of it. */
async function openScene(
  { network, viewers, phones }: Apart,
  { coturn, ttlS = 3600 }: { coturn?: Coturn; ttlS?: number },
) {
  await using stack = new AsyncDisposableStack();
  const turn = coturn === undefined ? [] : ["--turn-url", coturn.url];
  const server = stack.use(
    await startServer({
      // Over a direct way or TURN, or not at all.
      flags: ["--host", "0.0.0.0", "--public-host", network.ourAddress, "--relay", "off", ...turn],
      env: {
        PEERLENS_TURN_SECRET: coturn === undefined ? "" : SECRET,
        PEERLENS_TURN_TTL_S: String(ttlS),
        // The viewer is in another network, and no password is asked.
        PEERLENS_TURN_FOR: "everybody",
      },
    }),
  );
  const initScript = [...await calmViewer(server), keepConnections];
  const viewer = stack.use(await viewers.open({ initScript }));
  const phone = stack.use(await phones.open({ initScript: keepConnections }));
  await openPage(viewer.page, `https://${network.ourAddress}:${server.ports.https}/`);
  // The first of several addresses is the one given with --public-host.
  await joinWithPhone(phone.page, await scanQr(viewer.page));
  const all = stack.move();
  return { server, viewer, phone, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

/** What a server tells whoever opens a room. */
async function issueTo(coturn: Coturn, { secret, ttlS }: { secret: string; ttlS: number }) {
  await using server = await startServer({
    flags: ["--turn-url", coturn.url],
    env: { PEERLENS_TURN_SECRET: secret, PEERLENS_TURN_TTL_S: String(ttlS) },
  });
  const owner = await RawPeer.open({ port: server.ports.http });
  await owner.send(joinMessage(await newRoom(), "owner"));
  const joined: Any = await owner.next();
  owner.close();
  const [issued]: { urls: string[]; username: string; credential: string }[] = joined.iceServers;
  assert.deepEqual(issued!.urls, [coturn.url]);
  return issued!;
}

/** Now and then Chromium waits for ever for its first page in a network that was just made: asked again, it loads. */
async function openPage(page: Page, url: string): Promise<void> {
  for (let left = 3;; left--) {
    try {
      await page.goto(url, { timeout: 10_000 });
      return;
    } catch (error) {
      if (left === 0) throw error;
    }
  }
}

async function stayApart(apart: Apart): Promise<void> {
  await using scene = await openScene(apart, {});
  await scene.viewer.page.getByText("A TURN server also helps").first().waitFor();
  assert.equal(await carryingPair(scene.viewer.page), null);
}

async function meetOverTurn(apart: Apart, coturn: Coturn): Promise<void> {
  await using scene = await openScene(apart, { coturn });
  const { page } = scene.viewer;
  await waitForPhones(page, 1);
  await waitForVideo(page);
  const pair = await carryingPair(page);
  assert.ok(pair !== null && Object.values(pair).includes("relay"), JSON.stringify(pair));

  // What the browser received came in from the phone and went out to the viewer, as the kernel counts.
  let before = await counters(apart.network, page);
  let after = before;
  while (after.video - before.video < MIN_VIDEO_BYTES) {
    await waitForVideo(page);
    after = await counters(apart.network, page);
    // On a machine that stands still for seconds the pages connect afresh, and count from 0 again.
    if (after.video < before.video) before = after;
  }
  const video = after.video - before.video;
  const text = JSON.stringify({ before, after });
  // A packet may be on its way at either end of the counting.
  assert.ok(after.fromPhone - before.fromPhone >= video * 0.9, text);
  assert.ok(after.toViewer - before.toViewer >= video * 0.9, text);

  const user = await turnUser(page);
  assert.match(user, /^\d{10}:[0-9a-f]{8}$/);
  assert.ok(coturn.log().includes(`<${user}>`), `coturn knows nothing of ${user}`);
  const config = await (await fetch(`${scene.server.httpUrl}/api/config`)).text();
  for (const secret of [SECRET, user]) {
    assert.ok(!config.includes(secret));
    assert.ok(!scene.server.output().includes(secret));
  }
}

async function renewCredentials(apart: Apart, coturn: Coturn): Promise<void> {
  await using scene = await openScene(apart, { coturn, ttlS: 10 });
  const { viewer, phone } = scene;
  await waitForPhones(viewer.page, 1);
  const first = await turnUser(phone.page);
  await until(expiryMs(first) + 1_500);
  const second = await turnUser(phone.page);
  assert.ok(expiryMs(second) > Date.now(), `${first} → ${second}`);
  const seen = coturn.log().length;
  await phone.page.evaluate(() => globalThis.peerlensConnections!.at(-1)!.restartIce());
  await phone.page.waitForFunction(() => {
    const connection: RTCPeerConnection = globalThis.peerlensConnections!.at(-1)!;
    return connection.localDescription!.sdp.includes("typ relay");
  });
  await waitForVideo(viewer.page);
  const pair = await carryingPair(viewer.page);
  assert.ok(pair !== null && Object.values(pair).includes("relay"), JSON.stringify(pair));
  // Allocations after the restart are in the name of the renewed credentials.
  const users = [...coturn.log().slice(seen).matchAll(/<(\d{10}:[0-9a-f]{8})>/g)];
  assert.ok(
    users.some(([, user]) => expiryMs(user!) >= expiryMs(second)),
    coturn.log().slice(seen),
  );
}

async function judgeCredentials(): Promise<void> {
  await using coturn = await startCoturn({ address: "127.0.0.1", secret: SECRET });
  const ask = (credentials: { username: string; credential: string }) =>
    isGranted({ ...credentials, port: coturn.port });
  const [issued, short, foreign] = await Promise.all([
    issueTo(coturn, { secret: SECRET, ttlS: 600 }),
    issueTo(coturn, { secret: SECRET, ttlS: 1 }),
    issueTo(coturn, { secret: `${SECRET}x`, ttlS: 600 }),
  ]);
  assert.equal(await ask(issued), true);
  await until(expiryMs(short.username) + 1_500);
  assert.equal(await ask(short), false);
  // The same password for longer, the password of another, none, and a server with another secret.
  const [, room] = issued.username.split(":");
  const later = `${Math.floor(Date.now() / 1000) + 86_400}:${room}`;
  assert.equal(await ask({ ...issued, username: later }), false);
  assert.equal(await ask({ ...short, username: issued.username }), false);
  assert.equal(await ask({ ...issued, credential: "" }), false);
  assert.equal(await ask(foreign), false);
}

Deno.test("TURN", { ...TOGETHER, ignore }, async (t) => {
  await using apart = await openApart();
  const { network } = apart;
  await using coturn = await startCoturn({ address: network.ourAddress, secret: SECRET });
  assert.equal(await network.hasWay("phone", "viewer"), false);
  assert.equal(await network.hasWay("viewer", "phone"), false);
  await inLanes(
    t,
    [
      [
        "without it two networks stay apart, and the page says what would help",
        () => stayApart(apart),
      ],
      [
        "coturn takes credentials that the server issued, and refuses forged and expired ones",
        judgeCredentials,
      ],
    ],
    [
      [
        "video flows between networks that have no way to each other",
        () => meetOverTurn(apart, coturn),
      ],
      [
        "credentials are renewed in time, and an ICE restart goes by the new ones",
        () => renewCredentials(apart, coturn),
      ],
    ],
  );
});
