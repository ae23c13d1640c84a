import assert from "node:assert/strict";
import * as fc from "fast-check";
import { MAX_RECORD_BYTES } from "@/protocol";
import {
  type BridgeEnd,
  type BridgePart,
  endPart,
  FRESH_END,
  sendRecord,
  takePart,
  tellTaken,
  waitingBytes,
} from "./bridge_end.ts";
import {
  BRIDGE_HEADER_BYTES,
  type BridgeFrame,
  decodeBridgeFrame,
  encodeBridgeFrame,
  MAX_WHOLE_BYTES,
  type NodeId,
} from "./bridge_frame.ts";

const NODE = "node_A-0000000000000000".slice(0, 22) as NodeId;

Deno.test("A frame of a bridged link is 38 bytes and its content", () => {
  const frame: BridgeFrame = {
    kind: "record",
    from: "home",
    node: NODE,
    link: 0x01020304,
    seq: 5,
    takenBytes: 0xffff_ffff,
    content: new Uint8Array([7, 8]),
  };
  const bytes = encodeBridgeFrame(frame);
  const hex = [...bytes.subarray(0, 16)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  assert.equal(hex, "010101000403020105000000ffffffff");
  assert.equal(bytes.length, BRIDGE_HEADER_BYTES + 2);
  assert.deepEqual(decodeBridgeFrame(bytes), frame);
});

Deno.test("decodeBridgeFrame() takes nothing that is not of ours", () => {
  const good = encodeBridgeFrame({ ...endPart(FRESH_END), from: "home", node: NODE, link: 1 });
  assert.notEqual(decodeBridgeFrame(good), null);
  for (const [at, value] of [[0, 2], [1, 4], [2, 2], [3, 1], [20, 0x20]] as const) {
    const bad = good.slice();
    bad[at] = value;
    assert.equal(decodeBridgeFrame(bad), null, `byte ${at}`);
  }
  assert.equal(decodeBridgeFrame(good.subarray(1)), null);
  assert.equal(decodeBridgeFrame(new Uint8Array(BRIDGE_HEADER_BYTES + MAX_WHOLE_BYTES + 1)), null);
  fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
    const frame = decodeBridgeFrame(bytes);
    if (frame !== null) assert.deepEqual(encodeBridgeFrame(frame), new Uint8Array(bytes));
  }));
});

const record = (bytes: number, fill = 1) => new Uint8Array(bytes).fill(fill);

Deno.test("A long record goes in parts and comes whole, and a longer one than there is never", () => {
  const { parts } = sendRecord(FRESH_END, record(MAX_WHOLE_BYTES), 256 * 1024);
  assert.ok(parts.length > 1);
  let end = FRESH_END;
  let whole: Uint8Array | null = null;
  for (const part of parts) {
    const taken = takePart(end, part);
    end = taken.end;
    if (taken.event.kind === "record") whole = taken.event.record;
  }
  assert.equal(whole?.length, MAX_WHOLE_BYTES);
  assert.ok(MAX_WHOLE_BYTES > MAX_RECORD_BYTES);

  const endless = { kind: "part", takenBytes: 0, content: record(256 * 1024) } as const;
  let event = "none";
  for (let seq = 0; seq < 10 && event === "none"; seq++) {
    const taken = takePart(seq === 0 ? FRESH_END : end, { ...endless, seq });
    end = taken.end;
    event = taken.event.kind;
  }
  assert.equal(event, "gap");
});

Deno.test("What a page has not been given counts as on its way", () => {
  const sent = sendRecord(FRESH_END, record(100), 64);
  assert.equal(waitingBytes(sent.end), 100);
  let page = FRESH_END;
  for (const part of sent.parts) page = takePart(page, part).end;
  // Its socket still holds 30 of them, then nothing.
  const some = tellTaken(page, 30);
  const home = takePart(sent.end, some.part!).end;
  assert.equal(waitingBytes(home), 30);
  assert.equal(tellTaken(some.end, 30).part, null);
  const all = tellTaken(some.end, 0);
  assert.equal(waitingBytes(takePart(home, all.part!).end), 0);
});

Deno.test("What the other side says of bytes that were never sent is not believed", () => {
  const { end } = sendRecord(FRESH_END, record(100), 100);
  for (const takenBytes of [101, 0xffff_ffff]) {
    const said = { kind: "nothing", seq: 0, takenBytes, content: record(0) } as const;
    assert.equal(waitingBytes(takePart(end, said).end), 100);
  }
});

Deno.test("A line's numbers may pass 2³²", () => {
  const old: BridgeEnd = {
    ...FRESH_END,
    sentParts: 0xffff_ffff,
    takenParts: 0xffff_ffff,
    sentBytes: 0xffff_fff0,
    settledBytes: 0xffff_fff0,
    cameBytes: 0xffff_fff0,
    toldBytes: 0xffff_fff0,
  };
  const sent = sendRecord(old, record(64), 32);
  let page: BridgeEnd = old;
  const kinds = sent.parts.map((part) => {
    const taken = takePart(page, part);
    page = taken.end;
    return taken.event.kind;
  });
  assert.deepEqual(kinds, ["none", "record"]);
  assert.equal(waitingBytes(takePart(sent.end, tellTaken(page, 0).part!).end), 0);
});

const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant("send" as const),
      bytes: fc.integer({ min: 1, max: 90 }),
    }),
  },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant("deliver" as const), at: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("lose" as const), at: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("twice" as const), at: fc.nat(3) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("tell" as const), kept: fc.nat(90) }) },
);

Deno.test("A bridged link, whatever the bus loses, doubles or turns round: a beginning of what was said, or its end", () => {
  fc.assert(fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
    let home = FRESH_END;
    let page = FRESH_END;
    let isOver = false;
    let count = 0;
    const toPage: BridgePart[] = [];
    const given: number[] = [];
    const take = (part: BridgePart) => {
      if (isOver) return;
      const { end, event } = takePart(page, part);
      page = end;
      if (event.kind === "gap" || event.kind === "end") isOver = true;
      if (event.kind === "record") given.push(event.record[0]!);
    };
    for (const step of steps) {
      switch (step.kind) {
        case "send": {
          const { end, parts } = sendRecord(home, record(step.bytes, count++ % 256), 32);
          home = end;
          toPage.push(...parts);
          break;
        }
        case "tell": {
          const { end, part } = tellTaken(page, step.kept);
          page = end;
          if (part !== null) home = takePart(home, part).end;
          assert.ok(waitingBytes(home) <= 0x7fff_ffff, "no less than nothing is on its way");
          break;
        }
        case "twice":
          if (toPage[step.at] !== undefined) toPage.push(toPage[step.at]!);
          break;
        default: {
          const [part] = toPage.splice(step.at, 1);
          if (part !== undefined && step.kind === "deliver") take(part);
        }
      }
    }
    // Each record once, in its order, none left out.
    assert.deepEqual(given, given.map((_, at) => at % 256));
  }));
});
