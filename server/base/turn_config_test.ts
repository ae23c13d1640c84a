import assert from "node:assert/strict";
import { DEFAULT_TURN_TTL_S, readTurnConfig } from "./turn_config.ts";

const SECRET = "0123456789abcdef";
const read = (value: string | undefined, secret: string | null = SECRET) =>
  readTurnConfig({ source: "--turn-url", value }, { secret, ttlS: DEFAULT_TURN_TTL_S });

Deno.test("readTurnConfig() reads a list of URLs", () => {
  assert.deepEqual(
    read("turn:192.168.1.20:3478, turns:turn.example?transport=tcp,turn:[fd00::1]:3478")?.urls,
    ["turn:192.168.1.20:3478", "turns:turn.example?transport=tcp", "turn:[fd00::1]:3478"],
  );
  assert.equal(readTurnConfig({ source: "x", value: undefined }, { secret: null, ttlS: 1 }), null);
});

Deno.test("readTurnConfig() refuses what no browser takes", () => {
  const bad = [
    "stun:turn.example",
    "turn://turn.example",
    "turn:",
    "turn:turn.example:0",
    "turn:turn.example:65536",
    "turn:turn.example?transport=sctp",
    "turn:user@turn.example",
    "turn:fd00::1",
    "turn:a.example,",
    Array(9).fill("turn:a.example").join(","),
  ];
  for (const value of bad) assert.throws(() => read(value), /^UsageError: --turn-url must/, value);
});

Deno.test("readTurnConfig() wants URLs and secret together", () => {
  assert.throws(() => read("turn:a.example", null), /--turn-url and PEERLENS_TURN_SECRET belong/);
  assert.throws(() => read(undefined), /--turn-url and PEERLENS_TURN_SECRET belong/);
});
