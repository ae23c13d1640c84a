import assert from "node:assert/strict";
import fc from "fast-check";
import { Places, Share } from "./places.ts";
import { encodeMessage, MessageReader } from "./websocket_messages.ts";
import { clientFrame } from "./testing/client_frame.ts";

const BINARY = 2;
const FIN = 0x80;

interface SetupOptions {
  readonly maxBytes?: number;
  readonly room?: number;
  readonly share?: Share;
}

function setup({ maxBytes = 1_000, room = 100_000, share }: SetupOptions = {}) {
  const heard: string[] = [];
  const messages: Uint8Array[] = [];
  let kept = 0;
  const reader = new MessageReader({
    maxBytes: () => maxBytes,
    mayKeep(bytes) {
      kept += bytes;
      return share?.take(bytes) ?? kept <= room;
    },
    message(bytes) {
      kept = 0;
      share?.free();
      messages.push(bytes);
      heard.push(`message ${bytes.length}`);
    },
    dropped() {
      kept = 0;
      share?.free();
      heard.push("dropped");
    },
    ping: (payload) => void heard.push(`ping ${payload.length}`),
    closed: () => void heard.push("closed"),
    fault: (fault) => void heard.push(fault),
  });
  return { reader, heard, messages, keptBytes: () => kept };
}

Deno.test("MessageReader puts messages together, however they are cut", () => {
  const part = fc.uint8Array({ maxLength: 300 });
  fc.assert(fc.property(
    fc.array(fc.array(part, { minLength: 1, maxLength: 3 }), { maxLength: 4 }),
    fc.integer({ min: 1, max: 40 }),
    (wanted, cut) => {
      const { reader, messages } = setup();
      const bytes = Uint8Array.from(wanted.flatMap((parts) =>
        parts.flatMap((payload, at) => {
          const isLast = at === parts.length - 1;
          const opcode = (at === 0 ? BINARY : 0) | (isLast ? FIN : 0);
          // A ping may come between the frames of a message.
          return [...clientFrame(opcode, payload), ...clientFrame(FIN | 9, Uint8Array.of(1))];
        })
      ));
      for (let at = 0; at < bytes.length; at += cut) reader.push(bytes.subarray(at, at + cut));
      const whole = wanted.map((parts) => parts.flatMap((payload) => [...payload]));
      assert.deepEqual(messages.map((message) => [...message]), whole);
    },
  ));
});

Deno.test("MessageReader gives up a message that gets too long, before its bytes come", () => {
  const { reader, heard, keptBytes } = setup();
  reader.push(clientFrame(FIN | BINARY, new Uint8Array(70_000)).subarray(0, 14));
  assert.deepEqual(heard, ["too-large"]);
  assert.equal(keptBytes(), 0);

  const pieces = setup();
  for (let n = 0; n < 12; n++) {
    pieces.reader.push(clientFrame(n === 0 ? BINARY : 0, new Uint8Array(100)));
  }
  assert.deepEqual(pieces.heard, ["too-large"]);
});

Deno.test("MessageReader keeps no more than there is room for, and little for tiny pieces", () => {
  const { reader, heard } = setup({ maxBytes: 50_000, room: 20_000 });
  for (let n = 0; n < 30_000 && heard.length === 0; n++) {
    reader.push(clientFrame(n === 0 ? BINARY : 0, Uint8Array.of(7)));
  }
  assert.deepEqual(heard, ["dropped"]);
  const tiny = setup({ maxBytes: 5_000 });
  for (let n = 0; n < 5_000; n++) {
    tiny.reader.push(clientFrame(n === 0 ? BINARY : 0, Uint8Array.of(7)));
  }
  assert.ok(tiny.keptBytes() <= 5_000, `${tiny.keptBytes()}`);
});

Deno.test("MessageReader reads a message away for which there is no room, and goes on behind it", () => {
  const { reader, heard, keptBytes } = setup({ maxBytes: 5_000, room: 1_500 });
  reader.push(clientFrame(BINARY, new Uint8Array(2_000)));
  assert.equal(keptBytes(), 0);
  reader.push(clientFrame(0, new Uint8Array(500)));
  reader.push(clientFrame(FIN | 9, Uint8Array.of(1)));
  reader.push(clientFrame(FIN, new Uint8Array(30)));
  reader.push(clientFrame(FIN | BINARY, new Uint8Array(20)));
  assert.deepEqual(heard, ["dropped", "ping 1", "message 20"]);
  // Nor is it without an end.
  reader.push(clientFrame(BINARY, new Uint8Array(2_000)));
  for (let n = 0; n < 20; n++) reader.push(clientFrame(0, new Uint8Array(500)));
  assert.deepEqual(heard.slice(3), ["dropped", "too-large"]);
});

Deno.test("MessageReader hears what is small, however much of others is half read", () => {
  const places = new Places({ total: 1_000, perAddress: 1_000, localOnly: 0, freeOfEach: 1_024 });
  assert.equal(places.take("a", 1_000), null);
  const { reader, heard } = setup({ share: new Share(places, "b"), maxBytes: 5_000 });
  for (let n = 0; n < 3; n++) reader.push(clientFrame(FIN | BINARY, new Uint8Array(40)));
  reader.push(clientFrame(FIN | BINARY, new Uint8Array(1_100)));
  assert.deepEqual(heard, ["message 40", "message 40", "message 40", "dropped"]);
});

Deno.test("MessageReader refuses texts at their first byte, and what RFC 6455 forbids", () => {
  const frame = clientFrame(FIN | BINARY, Uint8Array.of(1));
  const changed = (at: number, value: number) => Uint8Array.from(frame).fill(value, at, at + 1);
  const cases: [string, Uint8Array][] = [
    ["text", clientFrame(1, new Uint8Array(9)).subarray(0, 6)],
    ["protocol", changed(1, 1)],
    ["protocol", changed(0, FIN | 0x40 | BINARY)],
    ["protocol", clientFrame(FIN, Uint8Array.of(1))],
    ["protocol", clientFrame(FIN | 3, Uint8Array.of(1))],
    ["protocol", clientFrame(9, Uint8Array.of(1))],
    ["protocol", clientFrame(FIN | 8, new Uint8Array(126))],
    ["protocol", clientFrame(FIN | 11, new Uint8Array(0))],
    ["closed", clientFrame(FIN | 8, new Uint8Array(0))],
  ];
  for (const [expected, bytes] of cases) {
    const { reader, heard } = setup();
    reader.push(bytes);
    reader.push(frame);
    assert.deepEqual(heard, [expected], JSON.stringify([...bytes.subarray(0, 8)]));
  }
  const { reader, heard } = setup();
  reader.push(clientFrame(BINARY, Uint8Array.of(1)));
  reader.push(frame);
  assert.deepEqual(heard, ["protocol"]);
});

Deno.test("encodeMessage() writes each form of a length", () => {
  assert.deepEqual([...encodeMessage(10, Uint8Array.of(5))], [0x8a, 1, 5]);
  assert.deepEqual([...encodeMessage(2, new Uint8Array(126)).subarray(0, 4)], [0x82, 126, 0, 126]);
  const long = encodeMessage(2, new Uint8Array(65_536));
  assert.deepEqual([...long.subarray(0, 10)], [0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0]);
  assert.equal(long.length, 65_546);
});
