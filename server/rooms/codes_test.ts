import assert from "node:assert/strict";
import type { RoomId } from "@/protocol";
import { CODE_ALPHABET, CODE_TTL_MS, Codes, drawCode } from "./codes.ts";

const ROOM = "r".repeat(22) as RoomId;
const OTHER = "s".repeat(22) as RoomId;

Deno.test("Codes.resolve() leads to the room, however the code is typed", () => {
  const codes = new Codes();
  const { code, expiresInMs } = codes.issue(ROOM, 0);
  assert.equal(expiresInMs, CODE_TTL_MS);
  const typed = ` ${code.slice(0, 3).toLowerCase()}-${code.slice(3)} `;
  assert.deepEqual(codes.resolve(typed, "a", 1), { kind: "room", roomId: ROOM });
});

Deno.test("Codes.resolve() forgets a code after its time", () => {
  const codes = new Codes();
  const { code } = codes.issue(ROOM, 0);
  assert.equal(codes.resolve(code, "a", CODE_TTL_MS - 1).kind, "room");
  assert.equal(codes.resolve(code, "a", CODE_TTL_MS).kind, "unknown");
});

Deno.test("Codes.issue() keeps one live code a room, and renews it after half its time", () => {
  const codes = new Codes();
  const first = codes.issue(ROOM, 0).code;
  assert.equal(codes.issue(ROOM, 1000).code, first);
  assert.notEqual(codes.issue(OTHER, 0).code, first);
  const second = codes.issue(ROOM, CODE_TTL_MS / 2).code;
  assert.notEqual(second, first);
  assert.equal(codes.resolve(first, "a", CODE_TTL_MS / 2).kind, "unknown");
});

Deno.test("Codes.resolve() refuses an address after ten wrong codes, and not the others", () => {
  const codes = new Codes();
  const { code } = codes.issue(ROOM, 0);
  for (let guess = 0; guess < 10; guess++) {
    assert.equal(codes.resolve("222222", "bad", 0).kind, "unknown");
  }
  assert.equal(codes.resolve(code, "bad", 0).kind, "too-fast");
  assert.equal(codes.resolve(code, "good", 0).kind, "room");
});

Deno.test("Codes.resolve() leads who comes new to the room while many addresses guess", () => {
  const codes = new Codes();
  const { code } = codes.issue(ROOM, 0);
  const guess = () =>
    Array.from({ length: 200 }, (_, n) => codes.resolve("222222", `host ${n}`, 0).kind);
  guess();
  assert.deepEqual([...new Set(guess())], ["too-fast"]);
  assert.equal(codes.resolve(code, "good", 0).kind, "room");
});

Deno.test("drawCode() throws away what would favour some characters", () => {
  const bytes = [31, 63, 0, 1, 2, 30, 255, 3, 4, 5, 6, 7];
  const code = drawCode((count) => Uint8Array.from(bytes.splice(0, count)));
  const expected = [0, 1, 2, 30, 3, 4].map((index) => CODE_ALPHABET[index]).join("");
  assert.equal(code, expected);
});
