import assert from "node:assert/strict";
import { chooseFeed } from "./feed_choice.ts";

Deno.test("chooseFeed() takes the way that copies least", () => {
  const none = { hasTrackProcessor: false, canTransferTrack: false, hasVideoFrame: false };
  assert.equal(chooseFeed({ ...none, hasTrackProcessor: true, hasVideoFrame: true }), "stream");
  assert.equal(chooseFeed({ ...none, canTransferTrack: true, hasVideoFrame: true }), "track");
  assert.equal(chooseFeed({ ...none, hasVideoFrame: true }), "video-frame");
  assert.equal(chooseFeed(none), "image-bitmap");
});
