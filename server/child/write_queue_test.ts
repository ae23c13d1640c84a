import assert from "node:assert/strict";
import { INFERENCE_LANES, type StreamKey, type ToChild } from "../inference/ipc.ts";
import { decodeIpc } from "./ipc.ts";
import {
  MAX_CONTROL_QUEUE_MESSAGES,
  MAX_LANE_QUEUE_BYTES,
  MAX_LANE_QUEUE_MESSAGES,
  WriteQueue,
} from "./write_queue.ts";

const frame = (stream: string, text: string | null = null): ToChild => ({
  kind: "message",
  stream: stream as StreamKey,
  text,
});
const close = (stream: string): ToChild => ({ kind: "close", stream: stream as StreamKey });

/** Everything that a queue holds, in the order in which it would be written. */
async function drain(queue: WriteQueue<ToChild>): Promise<string[]> {
  const out: string[] = [];
  for (let bytes = queue.shift(); bytes !== undefined; bytes = queue.shift()) {
    const one = bytes;
    const source = async function* () {
      yield await Promise.resolve(one);
    };
    for await (const { json } of decodeIpc<ToChild>(source())) {
      const name = json.kind === "message" ? json.text ?? "frame" : json.kind;
      out.push(`${name} ${"stream" in json ? json.stream : ""}`);
    }
  }
  return out;
}

Deno.test("WriteQueue gives streams their turns, and signals the first place", async () => {
  const queue = new WriteQueue(INFERENCE_LANES);
  for (const text of ["1", "2", "3"]) queue.push(frame("a", text));
  queue.push(frame("b", "1"));
  queue.push({ kind: "tap", stream: "a" as StreamKey, on: true });
  assert.deepEqual(await drain(queue), ["tap a", "1 a", "1 b", "2 a", "3 a"]);
});

Deno.test("WriteQueue drops a stream's oldest past its bounds, counts it, and no other's", async () => {
  const queue = new WriteQueue(INFERENCE_LANES);
  queue.push(frame("b", "kept"));
  for (let n = 0; n < MAX_LANE_QUEUE_MESSAGES + 5; n++) queue.push(frame("a", String(n)));
  assert.equal(queue.dropped, 5);
  const out = await drain(queue);
  assert.deepEqual(out.slice(0, 2), ["kept b", "5 a"]);
  assert.equal(out.length, MAX_LANE_QUEUE_MESSAGES + 1);

  const large = new Uint8Array(MAX_LANE_QUEUE_BYTES / 4);
  for (let n = 0; n < 10; n++) queue.push(frame("a"), large);
  assert.equal((await drain(queue)).length, 3);
  assert.equal(queue.dropped, 5 + 7);
});

Deno.test("WriteQueue forgets the frames of a stream that closes", async () => {
  const queue = new WriteQueue(INFERENCE_LANES);
  queue.push(frame("a", "1"));
  queue.push(close("a"));
  assert.deepEqual(await drain(queue), ["close a"]);
});

Deno.test("WriteQueue says when the child reads nothing any more", () => {
  const queue = new WriteQueue(INFERENCE_LANES);
  const pushed = Array.from(
    { length: MAX_CONTROL_QUEUE_MESSAGES + 1 },
    () => queue.push(close("a")),
  );
  assert.deepEqual(pushed.filter((isTaken) => !isTaken).length, 1);
  assert.equal(pushed.at(-1), false);
});
