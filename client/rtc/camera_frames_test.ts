import assert from "node:assert/strict";
import type { PeerId } from "@/protocol";
import { CameraFrames } from "./camera_frames.ts";

function setup(receivedAtMs: number | null = null) {
  const time = { nowMs: 1_000 };
  const frames = new CameraFrames("ball" as PeerId, {
    epochMs: () => time.nowMs,
    receivedAtMs: () => receivedAtMs,
  });
  return { frames, time };
}

const shown = (presentedFrames: number) => ({ width: 640, height: 480, presentedFrames });

Deno.test("CameraFrames.of() names a frame by its RTP timestamp", () => {
  const { frames } = setup(900);
  frames.note(shown(1));
  assert.deepEqual(frames.of(4_294_967_295), {
    key: { clock: "rtp", value: 4_294_967_295 },
    widthPx: 640,
    heightPx: 480,
    jpegBytes: null,
    receivedAtMs: 900,
  });
});

Deno.test("CameraFrames.of() gives no time to come to a result that overtakes its picture", () => {
  assert.equal(setup(1_020).frames.of(1).receivedAtMs, 1_000);
  assert.equal(setup(null).frames.of(1).receivedAtMs, 1_000);
});

Deno.test("CameraFrames counts frames that the page was not told of, and none of another source", () => {
  const { frames } = setup();
  frames.note(shown(1));
  frames.note(shown(4));
  assert.equal(frames.received, 4);
  // Something else was shown in the element for a minute.
  frames.note(shown(1_800));
  assert.equal(frames.received, 5);
  frames.note(shown(1));
  assert.equal(frames.received, 6);
});
