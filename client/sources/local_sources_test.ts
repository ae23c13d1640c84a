import assert from "node:assert/strict";
import type { CameraName, PeerId } from "@/protocol";
import { type LocalSource, LocalSourceError } from "./local_source.ts";
import { LocalSources, type LocalSourcesOptions } from "./local_sources.ts";
import { shortName } from "./video_file.ts";

class FakeTrack extends EventTarget {
  isStopped = false;
  stop(): void {
    this.isStopped = true;
  }
}

function sourceOf(track: FakeTrack): LocalSource {
  return {
    id: "video-file" as PeerId,
    name: "a file",
    track: track as unknown as MediaStreamTrack,
    stop: () => track.stop(),
  };
}

function setUp(options: Partial<LocalSourcesOptions> = {}) {
  const shown: (string | null)[] = [];
  const problems: (string | null)[] = [];
  const sources = new LocalSources({
    devices: undefined,
    endpoints: { createConnection: null, fetch: () => Promise.reject(new Error("none")) },
    onSource: (source) => shown.push(source?.name ?? null),
    onProblem: (sentence) => problems.push(sentence),
    ...options,
  });
  return { sources, shown, problems };
}

function camera(track: FakeTrack): LocalSourcesOptions["devices"] {
  const stream = { getVideoTracks: () => [track] } as unknown as MediaStream;
  return { getUserMedia: () => Promise.resolve(stream) };
}

Deno.test("LocalSources: a camera is shown until it is stopped", async () => {
  const track = new FakeTrack();
  const { sources, shown } = setUp({ devices: camera(track) });
  await sources.openCamera("balanced");
  sources.stop();
  assert.deepEqual(shown, ["This computer", null]);
  assert.ok(track.isStopped);
});

Deno.test("LocalSources: what stands against the camera is a sentence, gone with the next try", async () => {
  for (
    const [name, sentence] of [["NotAllowedError", /is blocked/], ["NotFoundError", /no camera/]]
  ) {
    const getUserMedia = () => Promise.reject(new DOMException("", name as string));
    const { sources, shown, problems } = setUp({ devices: { getUserMedia } });
    await sources.openCamera("balanced");
    assert.deepEqual(shown, []);
    assert.match(problems.at(-1)!, sentence as RegExp);
    sources.stop();
    assert.equal(problems.at(-1), null);
  }
  const { sources, problems } = setUp();
  await sources.openCamera("balanced");
  assert.match(problems.at(-1)!, /secure/);
});

Deno.test("LocalSources: another source lets go of the one before, and a failing one does not", async () => {
  const track = new FakeTrack();
  const file = new FakeTrack();
  let isPlayable = true;
  const { sources, shown, problems } = setUp({
    devices: camera(track),
    openFile: () =>
      isPlayable
        ? Promise.resolve(sourceOf(file))
        : Promise.reject(new LocalSourceError("This file cannot be played.")),
  });
  await sources.openCamera("balanced");
  await sources.openFile(new File([], "a.webm"));
  assert.ok(track.isStopped);
  isPlayable = false;
  await sources.openFile(new File([], "b.webm"));
  assert.deepEqual(shown, ["This computer", "a file"]);
  assert.equal(file.isStopped, false);
  assert.equal(problems.at(-1), "This file cannot be played.");
});

Deno.test("LocalSources: an answer that comes after a stop is let go", async () => {
  const track = new FakeTrack();
  const { promise, resolve } = Promise.withResolvers<LocalSource>();
  const { sources, shown } = setUp({ openFile: () => promise });
  const opening = sources.openFile(new File([], "a.webm"));
  sources.stop();
  resolve(sourceOf(track));
  await opening;
  assert.deepEqual(shown, []);
  assert.ok(track.isStopped);
});

Deno.test("LocalSources: a camera that ends by itself is gone, and the page says so", async () => {
  const track = new FakeTrack();
  const { sources, shown, problems } = setUp({ devices: camera(track) });
  await sources.openCamera("balanced");
  track.dispatchEvent(new Event("ended"));
  assert.deepEqual(shown, ["This computer", null]);
  assert.match(problems.at(-1)!, /stopped/);
});

Deno.test("shortName() keeps beginning and ending of a long name", () => {
  assert.equal(shortName("walk.mp4"), "walk.mp4");
  const short = shortName("a very long name of a holiday video.mp4");
  assert.equal(short.length, 28);
  assert.match(short, /^a very long na….*\.mp4$/);
});

Deno.test("LocalSources: an endpoint without WebRTC is a sentence", async () => {
  const { sources, problems } = setUp();
  sources.playEndpoint("yard" as CameraName, true);
  await Promise.resolve();
  await Promise.resolve();
  assert.deepEqual(problems.at(-1), "This browser has no WebRTC.");
});
