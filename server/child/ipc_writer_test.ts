import assert from "node:assert/strict";
import { ESSENTIAL_MESSAGES, type FromChild, type StreamKey } from "../inference/ipc.ts";
import { MAX_IPC_BYTES } from "./ipc.ts";
import { IpcWriter } from "./ipc_writer.ts";

const KEY = "viewer/stream" as StreamKey;
const result = (length: number): FromChild => ({
  kind: "message",
  stream: KEY,
  text: "x".repeat(length),
});

Deno.test("IpcWriter.send() writes one message after another", async () => {
  const written: number[] = [];
  let isBusy = false;
  const writer = new IpcWriter<FromChild>(async (bytes) => {
    assert.ok(!isBusy);
    isBusy = true;
    await Promise.resolve();
    isBusy = false;
    written.push(bytes.length);
  }, ESSENTIAL_MESSAGES);
  for (const length of [1, 100, 10]) assert.ok(writer.send(result(length)));
  await writer.flushed();
  assert.deepEqual(written.map((bytes) => bytes - written[0]!), [0, 99, 9]);
});

Deno.test("IpcWriter.send() holds no more than its bound for a parent that does not read", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const writer = new IpcWriter<FromChild>(() => promise, ESSENTIAL_MESSAGES);
  let sent = 0;
  while (writer.send(result(60_000))) sent += 1;
  assert.ok(sent * 60_000 < MAX_IPC_BYTES, `${sent}`);
  assert.ok(writer.send({ kind: "ended", stream: KEY, cause: "closed" }));
  resolve();
  await writer.flushed();
  assert.ok(writer.send(result(1)));
  await writer.flushed();
});
