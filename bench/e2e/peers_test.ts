// Takes about 25 s on two busy cores.
import assert from "node:assert/strict";
import * as esbuild from "esbuild";
import { type Browser, chromium, type Page } from "playwright-core";
import type { OwnerKeys } from "../../client/rooms/room_keys.ts";
import { noCuts } from "../../server/base/http/conn_stream.ts";
import { HttpListener, type HttpListenerOptions } from "../../server/base/http/http_listener.ts";
import { Places } from "../../server/base/http/places.ts";
import { upgradeLink } from "../../server/link/link_socket.ts";
import { SignalHub } from "../../server/rooms/hub.ts";
import { CAMERA_ARGS, CHROMIUM_ARGS } from "../browser.ts";
import { findChromium } from "../chromium.ts";

/** Two pages as each other's peers in a real browser, over the real rooms, without pages and models. */

/** Runs in both pages: what the pages use, and every connection that they make. */
const ENTRY = `
export * from "./client/rooms/connect_signal.ts";
export * from "./client/rooms/room_keys.ts";
export * from "./client/rtc/viewer_room.ts";
export * from "./client/rtc/phone_room.ts";
`;

const LOCAL = { address: "127.0.0.1", isLocal: true, maySee: true, isTrusted: true };

const SILENT = { debug() {}, info() {}, warn() {}, error() {} };

// deno-lint-ignore no-explicit-any
type Any = any;

async function bundle(): Promise<string> {
  const result = await esbuild.build({
    stdin: { contents: ENTRY, resolveDir: new URL("../../", import.meta.url).pathname },
    bundle: true,
    format: "iife",
    globalName: "app",
    write: false,
    alias: { "@/protocol": "./server/protocol/mod.ts" },
  });
  await esbuild.stop();
  return result.outputFiles[0]!.text;
}

/** Real rooms behind a server that can be taken away and brought back. */
function serveRooms(script: string) {
  const limits = {
    maxRooms: 8,
    maxPhones: 4,
    maxViewers: 4,
    roomIdleTtlMs: 60_000,
    maxSocketsPerAddress: 32,
    joins: { perSecond: 50, burst: 50 },
  };
  let hub = new SignalHub({ limits, log: SILENT } as Any);
  let isAway = false;
  const handle: HttpListenerOptions["handle"] = (request, { upgrade }) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/api/link") {
      return isAway ? new Response(null, { status: 503 }) : upgradeLink(upgrade, hub, LOCAL);
    }
    if (pathname === "/app.js") {
      return new Response(script, { headers: { "Content-Type": "text/javascript" } });
    }
    if (pathname !== "/") return new Response(null, { status: 404 });
    const html = `<!doctype html><title>test</title><script src="/app.js"></script>`;
    return new Response(html, { headers: { "Content-Type": "text/html" } });
  };
  const server = new HttpListener({
    port: 0,
    hostname: "127.0.0.1",
    tls: null,
    connections: new Places({ total: 100, perAddress: 100, localOnly: 0 }),
    halfRead: new Places({ total: 10_000_000, perAddress: 10_000_000, localOnly: 0 }),
    cuts: noCuts(),
    holderOf: (address) => address,
    handle,
    onLost: (error) => assert.fail(String(error)),
  });
  return {
    url: `http://localhost:${server.port}/`,
    /** All sockets end, and with them everything that the server knows. */
    stop() {
      isAway = true;
      hub.close();
      hub = new SignalHub({ limits, log: SILENT } as Any);
    },
    start() {
      isAway = false;
    },
    end: () => server.shutdown(),
  };
}

async function openPage(browser: Browser, url: string): Promise<Page> {
  const page = await (await browser.newContext({ permissions: ["camera"] })).newPage();
  await page.addInitScript(() => {
    const page = globalThis as Any;
    page.connections = [];
    page.sent = [];
    const Real = RTCPeerConnection;
    page.RTCPeerConnection = class extends Real {
      constructor(configuration?: RTCConfiguration) {
        super(configuration);
        page.connections.push(this);
      }
    };
    const send = WebSocket.prototype.send;
    WebSocket.prototype.send = function (data) {
      // Behind the head of the record.
      page.sent.push(JSON.parse(new TextDecoder().decode((data as Uint8Array).subarray(8))));
      return send.call(this, data);
    };
  });
  await page.goto(url);
  return page;
}

async function openViewer(page: Page): Promise<OwnerKeys> {
  return await page.evaluate(async () => {
    const page = globalThis as Any;
    const keys = await page.app.createOwnerKeys();
    page.changes = [];
    page.room = page.app.openViewerRoom({
      connect: page.app.connectSignal,
      origin: location.origin,
      roomId: keys.roomId,
      role: "owner",
      token: keys.ownerToken,
      create: { viewToken: keys.viewToken, joinToken: keys.joinToken },
      onState: () => {},
      onPhone: ({ kind, peer: phone }: Any) => {
        page.changes.push(kind);
        if (kind === "added") {
          phone.sendPrivacy({ type: "privacy-state", frames: "local", eventsTo: null });
        }
        if (phone.track === null || page.track === phone.track) return;
        page.track = phone.track;
        page.video = document.createElement("video");
        Object.assign(page.video, { muted: true, srcObject: new MediaStream([phone.track]) });
        page.video.play();
      },
    });
    return keys;
  });
}

async function openPhone(page: Page, keys: OwnerKeys): Promise<void> {
  await page.evaluate(async ({ roomId, joinToken }) => {
    const page = globalThis as Any;
    page.commands = [];
    page.room = new page.app.PhoneRoom({
      connect: page.app.connectSignal,
      origin: location.origin,
      roomId,
      token: joinToken,
      onState: () => {},
      onViewers: () => {},
      onCommand: (command: Any) => page.commands.push(command),
    });
    const video = { width: 640, height: 480 };
    const stream = await navigator.mediaDevices.getUserMedia({ video });
    page.room.setVideo({ track: stream.getVideoTracks()[0], profile: "balanced" });
  }, keys);
}

/** Waits for `frames` more frames than there are now, whichever video shows them. */
async function videoFlows(viewer: Page, frames = 10): Promise<void> {
  await viewer.evaluate(() => void ((globalThis as Any).counted = null));
  await viewer.waitForFunction((frames) => {
    const page = globalThis as Any;
    if (!(page.video?.videoWidth > 0)) return false;
    const { totalVideoFrames: total } = page.video.getVideoPlaybackQuality();
    // A peer that has gone takes its video with it.
    const isSame = page.counted?.video === page.video && page.counted.from <= total;
    if (!isSame) page.counted = { video: page.video, from: total };
    return total - page.counted.from >= frames;
  }, frames);
}

/** ICE user fragments of the newest connection. */
function iceUfrag(page: Page): Promise<string> {
  return page.evaluate(() => {
    const { sdp } = (globalThis as Any).connections.at(-1).localDescription;
    return /^a=ice-ufrag:(\S+)/m.exec(sdp)![1]!;
  });
}

const countOf = (page: Page) => page.evaluate(() => (globalThis as Any).connections.length);

Deno.test("peers carry video and commands and come back after every kind of loss", async (t) => {
  const script = await bundle();
  const rooms = serveRooms(script);
  const executablePath = findChromium();
  assert(executablePath, "no Chromium found: set PEERLENS_CHROMIUM");
  const browser = await chromium.launch({
    executablePath,
    args: ["--no-sandbox", ...CHROMIUM_ARGS, ...CAMERA_ARGS],
  });
  try {
    const viewer = await openPage(browser, rooms.url);
    const phone = await openPage(browser, rooms.url);
    const keys = await openViewer(viewer);
    await openPhone(phone, keys);

    await t.step("video reaches the viewer", () => videoFlows(viewer));

    await t.step("no description names video-orientation", async () => {
      const sent = [
        ...await phone.evaluate(() => (globalThis as Any).sent),
        ...await viewer.evaluate(() => (globalThis as Any).sent),
      ].filter((message) => message.sdp !== undefined);
      assert(sent.length >= 2);
      for (const { sdp } of sent) assert(!sdp.includes("video-orientation"));
      const offered = await phone.evaluate(() =>
        (globalThis as Any).connections[0].localDescription.sdp
      );
      assert(
        offered.includes("video-orientation"),
        "the browser no longer offers it: test is void",
      );
    });

    await t.step("commands and privacy go over the control channel", async () => {
      await viewer.waitForFunction(() =>
        (globalThis as Any).room.peers[0].sendCommand({ type: "camera-command", command: "switch" })
      );
      await phone.waitForFunction(() => (globalThis as Any).commands.length === 1);
      await phone.waitForFunction(() =>
        (globalThis as Any).room.viewers[0].privacy?.frames === "local"
      );
    });

    await t.step("both sides offering at once resolves", async () => {
      const before = await iceUfrag(phone);
      for (let round = 0; round < 5; round++) {
        await Promise.all([phone, viewer].map((page) =>
          page.evaluate(() => {
            const { room } = globalThis as Any;
            for (const peer of room.peers ?? room.viewers) peer.networkChanged();
          })
        ));
      }
      for (const page of [phone, viewer]) {
        await page.waitForFunction(() => {
          const connection = (globalThis as Any).connections.at(-1);
          return connection.signalingState === "stable" &&
            connection.connectionState === "connected";
        });
      }
      await videoFlows(viewer);
      assert.notEqual(await iceUfrag(phone), before);
      assert.equal(await countOf(phone), 1);
    });

    await t.step(
      "video goes on while the server is away, and the same peer is taken up",
      async () => {
        const changes = () =>
          viewer.evaluate(() => {
            const { changes } = globalThis as Any;
            return changes.filter((kind: string) => kind !== "changed");
          });
        rooms.stop();
        await viewer.waitForFunction(() => (globalThis as Any).room.state.kind !== "joined");
        await videoFlows(viewer, 30);
        rooms.start();
        for (const page of [viewer, phone]) {
          await page.waitForFunction(() => (globalThis as Any).room.state.kind === "joined");
        }
        await phone.waitForFunction(() => (globalThis as Any).room.viewers[0]?.isReachable);
        await videoFlows(viewer);
        assert.deepEqual(await changes(), ["added"]);
        assert.equal(await countOf(phone), 1);
      },
    );

    await t.step(
      "an ICE restart that the other side cannot answer ends in a fresh connection",
      async () => {
        await viewer.evaluate(() => (globalThis as Any).connections.at(-1).close());
        await phone.waitForFunction(() => (globalThis as Any).connections.length === 2, null, {
          timeout: 40_000,
        });
        await viewer.waitForFunction(() => (globalThis as Any).connections.length === 2);
        await viewer.waitForFunction(() =>
          (globalThis as Any).room.peers[0].connectionState.kind === "connected"
        );
        await videoFlows(viewer);
      },
    );

    await t.step("a reloaded phone takes its place again", async () => {
      await phone.reload();
      await openPhone(phone, keys);
      await viewer.waitForFunction(() => {
        const { room } = globalThis as Any;
        return room.peers.length === 1 && room.peers[0].connectionState.kind === "connected";
      });
      await videoFlows(viewer);
    });

    await t.step("a phone that leaves is gone at once", async () => {
      await phone.evaluate(() => (globalThis as Any).room.leave());
      await viewer.waitForFunction(() => (globalThis as Any).room.peers.length === 0);
    });
  } finally {
    await browser.close();
    await rooms.end();
  }
});
