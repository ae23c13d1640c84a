import assert from "node:assert/strict";
import type { ToChild } from "../inference/ipc.ts";
import { type FrameResultMessage, MAX_JPEG_BYTES } from "@/protocol";
import { createApp } from "../app.ts";
import type { StreamKey } from "../inference/ipc.ts";
import { joinOf, newRoom } from "../link/testing/link_clients.ts";
import { openTestLink } from "../link/testing/test_link.ts";
import { appDeps, visitorAt } from "../testing/helpers.ts";
import { aboutStream, FakeProcess, SETTINGS } from "./testing/fake_process.ts";

const API_TOKEN = "an-api-token-of-some-length";
const RESULT: FrameResultMessage = {
  "frame_id": "1",
  "capture_ts": null,
  "recv_ts": 1,
  "inference_ts": 2,
  detections: [{ label: "thing", score: 0.5, xmin: 0, ymin: 0, xmax: 1, ymax: 1 }],
  "model_id": "fake",
  "stages_ms": {},
  "queue_ms": 0,
};
const JPEG = Uint8Array.of(0xff, 0xd8, 0xff, 0xd9);

/** An app in server mode with one room, asked as if over the network. */
function scene() {
  const process = new FakeProcess();
  const env = { PEERLENS_API_TOKEN: API_TOKEN };
  const deps = appDeps({ process, env, flags: { mode: "server" } });
  const gateway = deps.inference!.gateway;
  process.onSend = (message) => {
    if (message.kind !== "detect") return;
    queueMicrotask(() =>
      gateway.onMessage({ kind: "detected", request: message.request, result: RESULT })
    );
  };
  const room = newRoom();
  const session = openTestLink(deps.hub, visitorAt("127.0.0.1"));
  session.say(joinOf(room, "owner"));
  const app = createApp(deps);
  const ask = (path: string, init: RequestInit = {}, address = "127.0.0.1") =>
    app.request(new URL(path, "http://localhost:3000"), init, { address });
  const detect = (change: {
    token?: string;
    room?: string;
    type?: string;
    query?: string;
    body?: BodyInit;
  } = {}, address?: string) => {
    const { token = room.tokens.owner, type = "image/jpeg", query = "", body = JPEG } = change;
    const headers = {
      Authorization: `Bearer ${token}`,
      "X-Peerlens-Room": change.room ?? room.roomId,
      "Content-Type": type,
    };
    return ask(`/api/detect${query}`, { method: "POST", headers, body }, address);
  };
  return { deps, process, gateway, room, session, ask, detect };
}

async function codeOf(response: Response): Promise<string> {
  return `${response.status} ${(await response.json()).code}`;
}

Deno.test("POST /api/detect answers the contract's JSON, with the model's own thresholds", async () => {
  const { process, detect } = scene();
  const response = await detect();
  assert.deepEqual([response.status, await response.json()], [200, RESULT]);
  assert.equal(response.headers.get("cache-control"), "no-store");
  const settings = { modelId: "fake", scoreThreshold: 0.3, iouThreshold: 0.5, classes: null };
  const { account, ...sent } = process.sent[0]!.json as Extract<ToChild, { kind: "detect" }>;
  assert.deepEqual(sent, { kind: "detect", request: 1, settings });
  assert.match(`${account.address} ${account.room} ${account.isTrusted}`, /^\w{8} \w{8} false$/);
  await detect({ query: "?model=fake&score=0.25&iou=.9" });
  const { json } = process.sent[1]!;
  assert.ok(json.kind === "detect");
  assert.deepEqual(json.settings, { ...settings, scoreThreshold: 0.25, iouThreshold: 0.9 });
});

Deno.test("POST /api/detect opens to a room's owner and viewers, and to the API token", async () => {
  const { room, detect } = scene();
  const { owner, viewer, phone } = room.tokens;
  assert.equal((await detect({ token: owner })).status, 200);
  assert.equal((await detect({ token: viewer })).status, 200);
  assert.equal((await detect({ token: API_TOKEN, room: "" })).status, 200);
  const wrong = [
    { token: phone },
    { token: "A".repeat(22) },
    { room: newRoom().roomId },
    { room: "__proto__" },
    { token: "" },
    { token: API_TOKEN.slice(1) },
  ];
  for (const change of wrong) {
    const response = await detect(change);
    assert.equal(response.headers.get("www-authenticate"), "Bearer");
    assert.equal(await codeOf(response), "401 bad-token", JSON.stringify(change));
  }
});

Deno.test("POST /api/detect names what is wrong with a request", async () => {
  const { detect } = scene();
  for (const query of ["?model=none", "?score=2", "?score=x", "?iou=-1", "?speed=1", "?score="]) {
    assert.equal(await codeOf(await detect({ query })), "400 bad-query", query);
  }
  assert.equal(await codeOf(await detect({ type: "image/gif" })), "415 not-picture");
  for (const type of ["image/jpg", "image/png", "image/webp", "IMAGE/JPEG; q=1"]) {
    assert.equal((await detect({ type })).status, 200, type);
  }
  const body = new Uint8Array(MAX_JPEG_BYTES + 1);
  assert.equal(await codeOf(await detect({ body })), "413 too-large");
});

Deno.test("POST /api/detect stops reading a body without a length when it is too large", async () => {
  const { process, detect } = scene();
  let pulled = 0;
  const body = new ReadableStream({
    pull(controller) {
      pulled++;
      controller.enqueue(new Uint8Array(64 * 1024));
    },
  });
  assert.equal(await codeOf(await detect({ body })), "413 too-large");
  assert.ok(pulled < 40);
  assert.deepEqual(process.sent, []);
});

Deno.test("POST /api/detect passes on that a picture cannot be decoded, or nobody is there", async () => {
  const { process, gateway, detect } = scene();
  const causes = [["bad-jpeg", "422 bad-picture"], ["failed", "503 busy"]] as const;
  for (const [cause, expected] of causes) {
    process.onSend = (message) => {
      if (message.kind === "detect") {
        queueMicrotask(() =>
          gateway.onMessage({ kind: "undetected", request: message.request, cause })
        );
      }
    };
    assert.equal(await codeOf(await detect()), expected);
  }
  process.onSend = () => queueMicrotask(() => gateway.onLost());
  assert.equal(await codeOf(await detect()), "503 unavailable");
  process.state = { kind: "restarting", atMs: 0, failures: 1, reason: "exited", cause: "x" };
  assert.equal(await codeOf(await detect()), "503 unavailable");
});

Deno.test("POST /api/detect bounds what waits, and the rate of an address", async () => {
  const { process, gateway, detect } = scene();
  process.onSend = () => {};
  const waiting = Array.from({ length: 9 }, () => detect());
  const first = await Promise.race(waiting);
  assert.equal(await codeOf(first), "503 busy");
  gateway.onLost();
  const others = (await Promise.all(waiting)).filter((response) => response !== first);
  assert.deepEqual(new Set(others.map(({ status }) => status)), new Set([503]));
  for (let n = 9; n < 30; n++) await detect({ token: "wrong" });
  const late = await detect();
  assert.equal(late.headers.get("retry-after"), "1");
  assert.equal(await codeOf(late), "429 too-fast");
  assert.notEqual((await detect({ token: "wrong" }, "192.168.1.9")).status, 429);
});

/** Reads lines until as many came. */
async function linesOf(response: Response, count: number): Promise<string[]> {
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  const lines: string[] = [];
  while (lines.length < count) {
    const { value, done } = await reader.read();
    if (done) break;
    lines.push(...value.split("\n").filter((line) => line !== "" && line !== ":"));
  }
  await reader.cancel();
  return lines;
}

Deno.test("GET /api/rooms/:room/detections streams the room's results, as lines or events", async () => {
  const { process, gateway, room, session, ask } = scene();
  session.say(aboutStream("S".repeat(22), { kind: "settings", settings: SETTINGS }));
  const [key] = process.opened();
  const watch = (accept: string) =>
    ask(`/api/rooms/${room.roomId}/detections`, {
      headers: { Authorization: `Bearer ${room.tokens.viewer}`, Accept: accept },
    });
  const [lines, events] = [await watch("*/*"), await watch("text/event-stream")];
  assert.equal(lines.headers.get("content-type"), "application/x-ndjson");
  assert.equal(events.headers.get("content-type"), "text/event-stream");
  const text = `{"stream_id":"${key}","frame_id":"1"}`;
  const read = Promise.all([linesOf(lines, 1), linesOf(events, 1)]);
  gateway.onMessage({ kind: "tapped", stream: key!, text: '{"frame_id":"1"}' });
  assert.deepEqual(await read, [[text], [`data: ${text}`]]);
  // Nobody reads any more: the copies stop.
  assert.deepEqual(process.sent.at(-1)?.json, { kind: "tap", stream: key, on: false });
});

Deno.test("GET /api/rooms/:room/detections is for those who may see, and not for too many", async () => {
  const { gateway, room, ask } = scene();
  const watch = (token: string, roomId = room.roomId) =>
    ask(`/api/rooms/${roomId}/detections`, { headers: { Authorization: `Bearer ${token}` } });
  assert.equal(await codeOf(await watch(room.tokens.phone)), "401 bad-token");
  assert.equal(await codeOf(await watch(API_TOKEN)), "401 bad-token");
  assert.equal(await codeOf(await watch(room.tokens.owner, newRoom().roomId)), "401 bad-token");
  const open = [];
  for (let n = 0; n < 8; n++) open.push(await watch(room.tokens.owner));
  assert.equal(await codeOf(await watch(room.tokens.owner)), "429 too-many-watchers");
  gateway.watchers.closeAll();
  for (const response of open) assert.equal((await response.text()).trim(), "");
  const again = await watch(room.tokens.owner);
  assert.equal(again.status, 200);
  await again.body?.cancel();
});

Deno.test("GET /api/rooms/:room/detections ends for whom the owner sends away, and for nobody else", async () => {
  const { deps, process, gateway, room, session, ask } = scene();
  const [away, stays] = ["192.168.1.66", "192.168.1.67"];
  session.say(aboutStream("S".repeat(22), { kind: "settings", settings: SETTINGS }));
  const [stream] = process.opened() as [StreamKey];
  const watch = (address: string, token = room.tokens.viewer) =>
    ask(
      `/api/rooms/${room.roomId}/detections`,
      { headers: { Authorization: `Bearer ${token}` } },
      address,
    );
  openTestLink(deps.hub, visitorAt(away)).say(joinOf(room, "viewer"));
  const told = session.told.findLast((message) => message.type === "viewers");
  const gone = await watch(away);
  const others = [await watch(stays), await watch(away, room.tokens.owner)];
  session.say({ type: "send-away", peer: told!.viewers[0] });
  assert.equal((await gone.text()).trim(), "");
  const read = others.map((response) => linesOf(response, 1));
  gateway.onMessage({ kind: "tapped", stream, text: '{"frame_id":"1"}' });
  for (const [line] of await Promise.all(read)) assert.match(line!, /"frame_id":"1"/);
  assert.equal(await codeOf(await watch(away)), "401 bad-token");
});

Deno.test("GET /api/rooms/:room/detections loses results for a reader that is slow", async () => {
  const { process, gateway, room, session, ask } = scene();
  session.say(aboutStream("S".repeat(22), { kind: "settings", settings: SETTINGS }));
  const response = await ask(`/api/rooms/${room.roomId}/detections`, {
    headers: { Authorization: `Bearer ${room.tokens.owner}` },
  });
  const [stream] = process.opened() as [StreamKey];
  const text = `{"x":"${"y".repeat(1_000)}"}`;
  for (let n = 0; n < 1_000; n++) gateway.onMessage({ kind: "tapped", stream, text });
  const { watcherResultsLost } = gateway.counts();
  assert.ok(watcherResultsLost > 800 && watcherResultsLost < 900, String(watcherResultsLost));
  await response.body?.cancel();
});

Deno.test("routes of server mode say where it is not offered", async () => {
  const app = createApp(appDeps());
  const paths = ["/api/detect", `/api/rooms/${"r".repeat(22)}/detections`];
  for (const path of paths) {
    const init = { headers: { Origin: "http://localhost:3000" } };
    const response = await app.request(`http://localhost:3000${path}`, init, {
      address: "127.0.0.1",
    });
    assert.equal(await codeOf(response), "503 unavailable");
  }
});

Deno.test("/readyz and /healthz say how inference is", async () => {
  const { process, ask } = scene();
  const health = async () => (await (await ask("/healthz")).json()).inference;
  assert.deepEqual([(await health()).state, (await health()).gateway.streams], ["ready", 0]);
  process.state = { kind: "unable", message: "no GPU" };
  const { reasons, inference } = await (await ask("/readyz")).json();
  assert.equal(inference, "unable");
  assert.equal(reasons.at(-1), "Detection on this server cannot run: no GPU");
  assert.equal((await health()).state, "unable");
});
