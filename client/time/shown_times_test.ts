import assert from "node:assert/strict";
import { shownTimes } from "./shown_times.ts";

Deno.test("shownTimes() brings the browser's times onto the epoch, and knows what is missing", () => {
  const shown = { presentationTime: 2000, captureTime: 1900, receiveTime: 1950 };
  assert.deepEqual(shownTimes({ ...shown, rtpTimestamp: 7 } as never, 1e12), {
    rtpTimestamp: 7,
    mediaTimeMs: 2000,
    captureTimeMs: 1e12 + 1900,
    receiveTimeMs: 1e12 + 1950,
    shownAtMs: 1e12 + 2000,
  });
  const bare = shownTimes({ presentationTime: 1 } as never, 0);
  assert.deepEqual([bare.rtpTimestamp, bare.captureTimeMs, bare.receiveTimeMs], [null, null, null]);
});
