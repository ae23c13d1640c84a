import assert from "node:assert/strict";
import {
  CAPTURE_CLOCKS,
  encodeFrame,
  INFERENCE_CHANNELS,
  MAX_FRAMES_IN_FLIGHT,
  parseFromClient,
  PROTOCOL_VERSION,
  type Token,
} from "@/protocol";
import { roomIdOf } from "../../server/signaling/tokens.ts";
import { CHANNELS, encodeWholeFrame, joinOwnRoom, parseAnswer, WINDOW_FRAMES } from "./protocol.ts";

Deno.test("encodeWholeFrame() gives the protocol's own bytes", () => {
  const jpeg = Uint8Array.from({ length: 300 }, (_, at) => at & 255);
  const times = [
    ...CAPTURE_CLOCKS.map((captureClock) => ({ captureTimeMs: 1_690_000_000_000.5, captureClock })),
    { captureTimeMs: 1_690_000_000_000.5, captureClock: null },
    { captureTimeMs: null, captureClock: null },
  ];
  for (const time of times) {
    const frame = { frameId: 70_000, widthPx: 416, heightPx: 312, ...time, ageMs: 7, jpeg };
    assert.deepEqual([encodeWholeFrame(frame)], encodeFrame(frame, 65_536));
  }
});

Deno.test("the bench's channels and window are the protocol's", () => {
  assert.deepEqual(CHANNELS, INFERENCE_CHANNELS);
  assert.equal(WINDOW_FRAMES, MAX_FRAMES_IN_FLIGHT);
});

Deno.test("joinOwnRoom() is a message that the server takes, for the room that its token makes", () => {
  const join = parseFromClient(JSON.stringify(joinOwnRoom(PROTOCOL_VERSION)));
  assert.ok(join.type === "join" && join.create !== undefined);
  assert.equal(join.roomId, roomIdOf(join.token as Token));
});

Deno.test("parseAnswer() passes over what is about no frame", () => {
  assert.equal(parseAnswer('{"type":"clock-pong","nonce":1,"time_ms":2}'), null);
  assert.equal(parseAnswer('{"type":"drop","frame_id":"3","cause":"expired"}')?.frame_id, "3");
});
