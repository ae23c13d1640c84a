import assert from "node:assert/strict";
import fc from "fast-check";
import { seeded } from "./fault_case.ts";
import { longestGapMs } from "./probe.ts";
import { encodeFrame } from "../raw_socket.ts";
import { newRoom } from "../room_client.ts";
import { faultTable, isAsPromised } from "./results.ts";

Deno.test("encodeFrame() masks as RFC 6455 has it, whatever the length", () => {
  const lengths = fc.constantFrom(0, 1, 125, 126, 127, 65_535, 65_536);
  fc.assert(
    fc.property(lengths, fc.integer({ min: 0, max: 15 }), (length, opcode) => {
      const payload = Uint8Array.from({ length }, (_, i) => i * 7);
      const bytes = encodeFrame({ opcode, payload });
      const start = bytes.length - length;
      const mask = bytes.subarray(start - 4, start);
      assert.equal(bytes[0], 0x80 | opcode);
      assert.equal(start, 2 + (length < 126 ? 0 : length < 65_536 ? 2 : 8) + 4);
      assert.deepEqual(bytes.subarray(start).map((byte, i) => byte ^ mask[i & 3]!), payload);
    }),
  );
});

Deno.test("newRoom() derives the id as the protocol's description says", async () => {
  const { roomId, owner, viewer, phone } = await newRoom();
  for (const text of [roomId, owner, viewer, phone]) assert.match(text, /^[\w-]{22}$/);
  assert.equal(new Set([roomId, owner, viewer, phone]).size, 4);
});

Deno.test("seeded() repeats itself, and spreads", () => {
  const take = (seed: number) => {
    const random = seeded(seed);
    return Array.from({ length: 1_000 }, random);
  };
  assert.deepEqual(take(5), take(5));
  assert.notDeepEqual(take(5), take(6));
  const mean = take(5).reduce((sum, value) => sum + value, 0) / 1_000;
  assert.ok(mean > 0.4 && mean < 0.6);
});

Deno.test("longestGapMs() counts both ends of the span", () => {
  assert.equal(longestGapMs([], 100, 400), 300);
  assert.equal(longestGapMs([50, 150, 390, 500], 100, 400), 240);
});

Deno.test("a case is as promised without violations, back in time", () => {
  const result = {
    title: "Kill it",
    tried: 3,
    what: "",
    answers: {},
    lost: "frames",
    recoveryMs: [500, 2_900, 1_700],
    violations: [],
    "measured_at": "",
    "took_s": 1,
  };
  assert.ok(isAsPromised(result));
  assert.ok(!isAsPromised({ ...result, recoveryMs: [3_100] }));
  assert.ok(!isAsPromised({ ...result, violations: ["x"] }));
  assert.match(faultTable({ a: result }), /\| Kill it \| 3 \| frames \| 1700; 2900 \| none \|/);
});
