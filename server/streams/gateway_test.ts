import assert from "node:assert/strict";
import type { FromStreamMessage, RoomId } from "@/protocol";
import { BulkLinks } from "../link/bulk.ts";
import { LINGER_MS } from "../link/limits.ts";
import type { PageName } from "../link/page.ts";
import { FakeBulkLink, fakePage } from "../link/testing/fake_bulk.ts";
import { StreamGateway } from "./gateway.ts";
import { aboutStream, FACTS, FakeProcess, SETTINGS } from "./testing/fake_process.ts";

const id = (letter: string) => letter.repeat(22);
const ANNA = fakePage("owner", id("r"));
const BEN = fakePage("owner", id("r"));
const STREAM = id("x");
const OPEN = aboutStream(STREAM, { kind: "settings", settings: SETTINGS });

function scene() {
  const process = new FakeProcess();
  const told: [PageName, FromStreamMessage["body"]][] = [];
  const time = { nowMs: 0 };
  const bulk = new BulkLinks(() => time.nowMs);
  for (const page of [ANNA, BEN]) bulk.present(page);
  const gateway = new StreamGateway({
    limits: { maxStreams: 3, maxStreamsPerViewer: 2 },
    process,
    bulk,
    tell: (viewer, { body }) => void told.push([viewer, body]),
  });
  const words = () =>
    told.splice(0).map(([viewer, body]) =>
      [viewer === ANNA ? "Anna" : "Ben", body.kind, body.kind === "ended" ? body.cause : ""]
        .join(" ").trim()
    );
  return { process, gateway, bulk, words, time };
}

Deno.test("StreamGateway answers each viewer about its own stream, though the names are the same", () => {
  const { process, gateway, words } = scene();
  gateway.message(ANNA, OPEN);
  gateway.message(BEN, OPEN);
  const [annas, bens] = process.opened();
  assert.notEqual(annas, bens);
  gateway.onMessage({ kind: "opened", stream: bens!, modelId: "fake", runMs: null });
  gateway.onMessage({ kind: "signal", stream: annas!, signal: { kind: "answer", sdp: "v=0" } });
  assert.deepEqual(words(), ["Ben opened", "Anna answer"]);
  gateway.message(ANNA, aboutStream(STREAM, { kind: "close" }));
  assert.deepEqual(process.sent.at(-1)?.json, { kind: "close", stream: annas });
  assert.deepEqual(words(), ["Anna ended closed"]);
  gateway.onMessage({ kind: "opened", stream: annas!, modelId: "fake", runMs: null });
  assert.deepEqual(words(), [], "What a closed stream is told reaches nobody");
});

Deno.test("StreamGateway refuses streams that are too many, and counts them", () => {
  const { gateway, words } = scene();
  for (const name of ["x", "y", "z"]) {
    gateway.message(ANNA, aboutStream(id(name), { kind: "settings", settings: SETTINGS }));
  }
  assert.deepEqual(words(), ["Anna ended too-many-streams"]);
  assert.deepEqual([gateway.counts().streams, gateway.counts().streamsRefused], [2, 1]);
});

Deno.test("StreamGateway keeps what is wanted while the process starts, and opens it then", () => {
  const { process, gateway, words } = scene();
  process.state = { kind: "starting", sinceMs: 0, heardMs: null, failures: 0 };
  gateway.message(ANNA, OPEN);
  assert.deepEqual([process.kinds(), words()], [[], []]);
  process.state = { kind: "ready", sinceMs: 0, heardMs: 0, failures: 0, facts: FACTS };
  gateway.onReady();
  assert.deepEqual(process.kinds(), ["settings"]);
});

Deno.test("StreamGateway tells every viewer of a restart, and takes its streams anew", () => {
  const { process, gateway, words } = scene();
  gateway.message(ANNA, OPEN);
  gateway.message(BEN, OPEN);
  const [annas] = process.opened();
  words();
  process.state = { kind: "restarting", atMs: 0, failures: 1, reason: "exited", cause: "x" };
  gateway.onLost();
  assert.deepEqual(words(), ["Anna ended restarting", "Ben ended restarting"]);
  gateway.message(ANNA, aboutStream(STREAM, { kind: "offer", sdp: "v=0" }));
  assert.deepEqual(words(), ["Anna ended restarting"]);
  gateway.message(ANNA, OPEN);
  process.state = { kind: "ready", sinceMs: 0, heardMs: 0, failures: 0, facts: FACTS };
  gateway.onReady();
  assert.equal(process.opened().length, 3);
  assert.notEqual(process.opened()[2], annas);
});

Deno.test("StreamGateway says `unavailable` where nothing will come of it", () => {
  const { process, gateway, words } = scene();
  gateway.message(ANNA, OPEN);
  process.state = { kind: "unable", message: "no GPU" };
  gateway.onUnable();
  gateway.message(BEN, OPEN);
  gateway.message(BEN, aboutStream(STREAM, { kind: "offer", sdp: "v=0" }));
  const expected = ["Anna ended unavailable", "Ben ended unavailable", "Ben ended unavailable"];
  assert.deepEqual(words(), expected);
});

Deno.test("StreamGateway closes streams when their viewer is gone", () => {
  const { process, gateway, bulk, time } = scene();
  gateway.message(ANNA, OPEN);
  bulk.absent(ANNA, "lost");
  time.nowMs = LINGER_MS - 1;
  bulk.sweep();
  assert.equal(gateway.counts().streams, 1);
  time.nowMs = LINGER_MS;
  bulk.sweep();
  assert.deepEqual([process.kinds().at(-1), gateway.counts().streams], ["close", 0]);
  gateway.message(BEN, OPEN);
  bulk.absent(BEN, "left");
  assert.deepEqual([process.kinds().at(-1), gateway.counts().streams], ["close", 0]);
});

Deno.test("StreamGateway says a stream's topic, and sends its results there and nowhere else", () => {
  const { process, gateway, bulk } = scene();
  for (const page of [ANNA, BEN]) gateway.message(page, OPEN);
  const [annas, bens] = process.opened();
  // Without a link there is nobody to tell.
  gateway.onMessage({ kind: "message", stream: bens!, text: "early" });
  const links = [ANNA, BEN].map((page) => new FakeBulkLink(bulk, page));
  gateway.onMessage({ kind: "message", stream: annas!, text: "Anna's" });
  gateway.onMessage({ kind: "message", stream: bens!, text: "Ben's" });
  assert.deepEqual(links.map(({ sent }) => sent.map(({ data }) => data)), [["Anna's"], ["Ben's"]]);
  gateway.onMessage({ kind: "ended", stream: annas!, cause: "closed" });
  links[0]!.say(1, "late");
  assert.ok(!process.kinds().includes("message"));
});

Deno.test("StreamGateway copies results for the watchers of their room only", () => {
  const { process, gateway } = scene();
  gateway.message(ANNA, OPEN);
  const watcherOf = (room: string) => {
    const seen: string[] = [];
    const offer = (text: string) => seen.length < 1 && seen.push(text) > 0;
    const close = () => void seen.push("closed");
    const watcher = { offer, close, maySee: () => true };
    return { seen, stop: gateway.watchers.add(id(room) as RoomId, watcher) };
  };
  const ours = watcherOf("r");
  const theirs = watcherOf("q");
  const [key] = process.opened();
  assert.deepEqual(process.sent.at(-1)?.json, { kind: "tap", stream: key, on: true });
  gateway.onMessage({ kind: "tapped", stream: key!, text: '{"frame_id":"1"}' });
  gateway.onMessage({ kind: "tapped", stream: key!, text: '{"frame_id":"2"}' });
  assert.deepEqual([ours.seen, theirs.seen], [[`{"stream_id":"${key}","frame_id":"1"}`], []]);
  assert.equal(gateway.counts().watcherResultsLost, 1);
  gateway.message(BEN, OPEN);
  assert.deepEqual(process.kinds().slice(-2), ["settings", "tap"]);
  ours.stop();
  assert.deepEqual(
    process.sent.slice(-2).map(({ json }) => json.kind === "tap" && json.on),
    [false, false],
  );
  gateway.roomExpired(id("q") as RoomId);
  assert.deepEqual(theirs.seen, ["closed"]);
});
