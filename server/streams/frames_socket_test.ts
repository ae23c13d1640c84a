import assert from "node:assert/strict";
import { FRAME_HEADER_BYTES, MAX_JPEG_BYTES } from "@/protocol";
import { type RunningApp, serveApp } from "../test_helpers.ts";
import { FakeProcess } from "./testing/fake_process.ts";
import { openFrames, openStreamingPage } from "./testing/pages.ts";
import { TICKET_TTL_MS } from "./tickets.ts";

interface Scene {
  readonly app: RunningApp;
  readonly process: FakeProcess;
  readonly time: { nowMs: number };
}

async function withApp(run: (scene: Scene) => Promise<void>): Promise<void> {
  const process = new FakeProcess();
  const time = { nowMs: 0 };
  await using app = serveApp({ process, now: () => time.nowMs });
  process.worksFor(app.deps.inference!.gateway);
  await run({ app, process, time });
}

Deno.test("upgradeFrames() carries chunks up and results down, after a ticket", () =>
  withApp(async ({ app, process }) => {
    await using page = await openStreamingPage(app.origin);
    await using frames = await openFrames(app.origin);
    frames.socket.send(await page.ticket());
    frames.socket.send("ping");
    assert.equal(await frames.next(), '{"frame_id":"ping"}');
    frames.socket.send(new Uint8Array(MAX_JPEG_BYTES + FRAME_HEADER_BYTES));
    assert.equal(await frames.next(), '{"frame_id":"null"}');
    const { bytes } = process.sent.at(-1)!;
    assert.equal(bytes, MAX_JPEG_BYTES + FRAME_HEADER_BYTES);
  }));

Deno.test("upgradeFrames() refuses tickets that are wrong, used, expired or of a closed stream", () =>
  withApp(async ({ app, process, time }) => {
    const refused = async (ticket: string) => {
      await using frames = await openFrames(app.origin);
      frames.socket.send(ticket);
      assert.equal(await frames.next(), "closed 1008 bad-ticket");
    };
    await using page = await openStreamingPage(app.origin);
    await refused("T".repeat(22));
    await refused("hello");
    const used = await page.ticket();
    await using frames = await openFrames(app.origin);
    frames.socket.send(used);
    frames.socket.send("ping");
    assert.equal(await frames.next(), '{"frame_id":"ping"}');
    await refused(used);
    const voided = await page.ticket();
    const expired = await page.ticket();
    await refused(voided);
    time.nowMs += TICKET_TTL_MS;
    await refused(expired);
    const late = await page.ticket();
    const [key] = process.opened();
    app.deps.inference!.gateway.onMessage({ kind: "ended", stream: key!, cause: "closed" });
    assert.equal(await frames.next(), "closed 1000 ended");
    await refused(late);
    // None of it reached the process.
    assert.equal(process.kinds().filter((kind) => kind === "message").length, 1);
  }));

Deno.test("upgradeFrames() closes on a frame before the ticket, and on what is too large", () =>
  withApp(async ({ app, process }) => {
    await using page = await openStreamingPage(app.origin);
    const cases: [(string | Uint8Array<ArrayBuffer>)[], string][] = [
      [[new Uint8Array(100)], "closed 1007 bad-message"],
      [["x".repeat(257)], "closed 1009 too-large"],
      [[await page.ticket(), "x".repeat(257)], "closed 1009 too-large"],
    ];
    for (const [messages, expected] of cases) {
      await using frames = await openFrames(app.origin);
      for (const message of messages) frames.socket.send(message);
      assert.equal(await frames.next(), expected);
    }
    await using frames = await openFrames(app.origin);
    frames.socket.send(await page.ticket());
    frames.socket.send(new Uint8Array(MAX_JPEG_BYTES + FRAME_HEADER_BYTES + 1));
    assert.equal(await frames.next(), "closed 1009 too-large");
    assert.deepEqual(process.kinds().filter((kind) => kind === "message"), []);
  }));

Deno.test("upgradeFrames() drops what comes too fast, counts it, and stays open", () =>
  withApp(async ({ app, process }) => {
    await using page = await openStreamingPage(app.origin);
    await using frames = await openFrames(app.origin);
    frames.socket.send(await page.ticket());
    for (let n = 0; n < 2_000; n++) frames.socket.send(new Uint8Array(37));
    const refused = () => app.deps.inference!.gateway.counts().messagesRefused;
    const passed = () => process.kinds().filter((kind) => kind === "message").length;
    while (refused() + passed() < 2_000) await new Promise((resolve) => setTimeout(resolve, 5));
    assert.ok(refused() > 500, `${refused()} refused`);
    assert.equal(frames.socket.readyState, WebSocket.OPEN);
  }));

Deno.test("upgradeFrames() keeps two viewers apart, whatever their streams are called", () =>
  withApp(async ({ app }) => {
    await using anna = await openStreamingPage(app.origin);
    await using ben = await openStreamingPage(app.origin);
    await using annas = await openFrames(app.origin);
    await using bens = await openFrames(app.origin);
    annas.socket.send(await anna.ticket());
    bens.socket.send(await ben.ticket());
    annas.socket.send("anna");
    assert.equal(await annas.next(), '{"frame_id":"anna"}');
    bens.socket.send("ben");
    assert.equal(await bens.next(), '{"frame_id":"ben"}');
  }));

Deno.test("upgradeFrames() counts its sockets with all others of the address", () =>
  withApp(async ({ app }) => {
    await using page = await openStreamingPage(app.origin);
    const frames = await openFrames(app.origin);
    frames.socket.send(await page.ticket());
    frames.socket.send("ping");
    await frames.next();
    assert.equal(app.deps.hub.counts().wires, 2);
    assert.equal(app.deps.inference!.gateway.counts().wires, 1);
    await frames[Symbol.asyncDispose]();
    while (app.deps.hub.counts().wires > 1) await new Promise((resolve) => setTimeout(resolve, 5));
    assert.equal(app.deps.inference!.gateway.counts().wires, 0);
  }));

Deno.test("upgradeFrames() tells its sockets that the server closes", () =>
  withApp(async ({ app }) => {
    await using page = await openStreamingPage(app.origin);
    await using frames = await openFrames(app.origin);
    frames.socket.send(await page.ticket());
    frames.socket.send("ping");
    await frames.next();
    app.deps.inference!.gateway.close();
    assert.equal(await frames.next(), "closed 1001 server-closing");
  }));
