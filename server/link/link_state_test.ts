import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type LinkRecord,
  MAX_SIGNAL_BYTES,
  MESSAGE_BURST,
  PROTOCOL_VERSION,
  SIGNAL_ERROR_CODES,
} from "@/protocol";
import { MAX_TOPIC_TEXT_CHARS, TOPIC_BYTES_RATE, TOPIC_TEXT_RATE } from "./limits.ts";
import { type LinkEffect, type LinkInput, openedLink, stepLink } from "./link_state.ts";
import { joinOf, newRoom } from "./testing/link_clients.ts";

/** Runs inputs one after the other, and gives what was to be done. */
function run(inputs: readonly LinkInput[]) {
  let state = openedLink(0);
  const effects: LinkEffect[] = [];
  for (const input of inputs) {
    const step = stepLink(state, input);
    state = step.state;
    effects.push(step.effect);
  }
  return { state, effects };
}

const record = (topic: number, data: LinkRecord["data"], nowMs = 0): LinkInput => ({
  kind: "record",
  record: { topic, data },
  nowMs,
});
const accepted = (as: "control" | "bulk"): LinkInput => ({ kind: "accepted", as, nowMs: 0 });
const PING = record(0, JSON.stringify({ type: "ping", nonce: 1 }));

function codeOf(inputs: readonly LinkInput[]): string {
  const effect = run(inputs).effects.at(-1)!;
  return effect.kind === "refuse" ? effect.code : effect.kind;
}

Deno.test("stepLink() hears who it is before anything else, and of this version", () => {
  const join = joinOf(newRoom(), "owner");
  assert.equal(codeOf([record(0, JSON.stringify(join))]), "message");
  assert.equal(
    codeOf([record(0, JSON.stringify({ type: "open", ticket: "T".repeat(22) }))]),
    "message",
  );
  assert.equal(codeOf([PING]), "bad-message");
  assert.equal(codeOf([record(1, "x")]), "bad-message");
  const other = { ...join, version: PROTOCOL_VERSION - 1 };
  assert.equal(codeOf([record(0, JSON.stringify(other))]), "bad-version");
});

Deno.test("stepLink() keeps what is for the control link off the bulk link, and the other way round", () => {
  const open = record(0, JSON.stringify({ type: "open", ticket: "T".repeat(22) }));
  const leave = record(0, JSON.stringify({ type: "leave" }));
  assert.equal(codeOf([accepted("bulk"), PING]), "message");
  for (const input of [open, leave]) assert.equal(codeOf([accepted("bulk"), input]), "not-allowed");
  assert.equal(codeOf([accepted("control"), open]), "not-allowed");
  assert.equal(codeOf([accepted("control"), record(3, "x")]), "bad-message");
  assert.equal(codeOf([accepted("bulk"), record(0, new Uint8Array(1))]), "bad-message");
});

Deno.test("stepLink() holds to sizes and to the rates of messages, texts and bytes apart", () => {
  assert.equal(
    codeOf([accepted("control"), record(0, "é".repeat(MAX_SIGNAL_BYTES / 2 + 1))]),
    "too-large",
  );
  assert.equal(
    codeOf([accepted("bulk"), record(1, "x".repeat(MAX_TOPIC_TEXT_CHARS + 1))]),
    "too-large",
  );
  const many = (count: number, input: LinkInput) => [accepted("bulk"), ...Array(count).fill(input)];
  assert.equal(codeOf(many(MESSAGE_BURST, PING)), "message");
  assert.equal(codeOf(many(MESSAGE_BURST + 1, PING)), "too-fast");
  assert.equal(codeOf(many(TOPIC_TEXT_RATE.burst, record(1, "x"))), "data");
  assert.equal(codeOf(many(TOPIC_TEXT_RATE.burst + 1, record(1, "x"))), "too-fast");
  const bytes = record(1, new Uint8Array(1));
  assert.equal(codeOf(many(TOPIC_BYTES_RATE.burst, bytes)), "data");
  // Frames that are too many are lost; the link stays.
  assert.equal(codeOf(many(TOPIC_BYTES_RATE.burst + 1, bytes)), "lost");
  assert.equal(codeOf([...many(TOPIC_BYTES_RATE.burst + 1, bytes), record(1, "x")]), "data");
});

Deno.test("stepLink() tells what is too long from what is no record", () => {
  assert.equal(codeOf([{ kind: "unreadable", error: new RangeError(), nowMs: 0 }]), "too-large");
  assert.equal(codeOf([{ kind: "unreadable", error: new TypeError(), nowMs: 0 }]), "bad-message");
});

Deno.test("stepLink(), whatever comes: nothing passes that is not well-formed, and nothing after the end", () => {
  const data = fc.oneof(
    fc.json(),
    fc.string({ maxLength: 40 }),
    fc.uint8Array({ maxLength: 20 }).map((bytes) => Uint8Array.from(bytes)),
  );
  const input: fc.Arbitrary<LinkInput> = fc.record({
    topic: fc.nat(3),
    data,
    nowMs: fc.nat(60_000),
  })
    .map(({ topic, data, nowMs }) => record(topic, data, nowMs));
  fc.assert(fc.property(
    fc.constantFrom<LinkInput[]>([], [accepted("control")], [accepted("bulk")]),
    fc.array(input, { maxLength: 30 }),
    (first, inputs) => {
      const { effects, state } = run([...first, ...inputs]);
      for (const effect of effects) {
        if (effect.kind === "refuse") assert.ok(SIGNAL_ERROR_CODES.includes(effect.code));
        if (effect.kind === "data") assert.equal(state.phase, "bulk");
        if (effect.kind === "data") assert.notEqual(effect.record.topic, 0);
      }
      const over = stepLink(state, { kind: "ended", nowMs: 0 }).state;
      for (const one of inputs) assert.deepEqual(stepLink(over, one).effect, { kind: "none" });
    },
  ));
});
