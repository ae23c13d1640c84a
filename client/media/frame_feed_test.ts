import assert from "node:assert/strict";
import type { ReadMessage } from "../inference/worker_messages.ts";
import { FrameSource } from "./frame_feed.ts";
import { ShownFrames } from "./shown_frames.ts";

function set() {
  let isWatching = false;
  const shown = new ShownFrames(
    {
      requestVideoFrameCallback: () => (isWatching = true, 1),
      cancelVideoFrameCallback: () => isWatching = false,
    },
    [{ grab: () => Promise.reject(), clone: () => Promise.reject() }],
    () => {},
  );
  const track = {
    readyState: "live",
    muted: false,
    clone: () => track,
  } as unknown as MediaStreamTrack;
  const video = { paused: false } as HTMLVideoElement;
  const source = new FrameSource({ kind: "track", track, video, shown });
  const posted: ReadMessage["kind"][] = [];
  const post = ({ kind }: ReadMessage) => void posted.push(kind);
  return { source, posted, post, isWatching: () => isWatching };
}

Deno.test("FrameSource posts frames to a Worker that cannot read a track, and to those after it", () => {
  const { source, posted, post, isWatching } = set();
  const feed = source.feed({ bufferFrames: 1 });
  feed.attach(post);
  assert.deepEqual([posted, isWatching()], [["track"], false]);
  feed.onUnreadable();
  assert.equal(isWatching(), true);
  feed.detach();
  assert.equal(isWatching(), false);
  source.feed({ bufferFrames: 1 }).attach(post);
  assert.deepEqual([posted, isWatching()], [["track"], true]);
});

Deno.test("FrameSource takes no frames for a Worker that is gone by the time", () => {
  const { source, post, isWatching } = set();
  const feed = source.feed({ bufferFrames: 1 });
  feed.attach(post);
  feed.detach();
  feed.onUnreadable();
  assert.equal(isWatching(), false);
});
