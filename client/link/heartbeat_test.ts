import assert from "node:assert/strict";
import { PING_INTERVAL_MS, PONG_TIMEOUT_MS } from "@/protocol";
import { FakeTimers } from "../base/testing/fake_timers.ts";
import { CLOSE_INTERVAL_MS, Heartbeat, SILENT_MS } from "./heartbeat.ts";

function setup() {
  const timers = new FakeTimers();
  const told: string[] = [];
  const tell = (what: string) => () => void told.push(what);
  const heartbeat = new Heartbeat({
    timers,
    timeoutMs: PONG_TIMEOUT_MS,
    ping: tell("ping"),
    onSilent: tell("silent"),
    onHeard: tell("heard"),
    onDead: tell("dead"),
  });
  return { timers, told, heartbeat };
}

Deno.test("Heartbeat asks an idle link no more often than before, whatever else comes", async () => {
  const { timers, told, heartbeat } = setup();
  for (let second = 0; second < 60; second++) {
    await timers.advance(1_000);
    heartbeat.heard();
  }
  assert.equal(told.join(), "ping,".repeat(60_000 / PING_INTERVAL_MS).slice(0, -1));
});

Deno.test("Heartbeat tells of silence, of its end, and of death, once each", async () => {
  const { timers, told, heartbeat } = setup();
  heartbeat.check();
  heartbeat.check();
  await timers.advance(SILENT_MS - 1);
  assert.deepEqual([told, heartbeat.isSilent], [["ping"], false]);
  await timers.advance(PONG_TIMEOUT_MS - SILENT_MS);
  assert.deepEqual([told.splice(0), heartbeat.isSilent], [["ping", "silent"], true]);
  heartbeat.heard();
  assert.deepEqual([told.splice(0), heartbeat.isSilent], [["heard"], false]);
  heartbeat.check();
  await timers.advance(60_000);
  assert.deepEqual([told, heartbeat.isSilent], [["ping", "silent", "dead"], true]);
  assert.equal(timers.pending, 0);
});

Deno.test("Heartbeat asks more often where it watches closely, and of a link that was idle too", async () => {
  const { timers, told, heartbeat } = setup();
  await timers.advance(PING_INTERVAL_MS / 2);
  heartbeat.watchClosely(true);
  for (let times = 1; times <= 5; times++) {
    await timers.advance(CLOSE_INTERVAL_MS);
    assert.equal(told.length, times);
    heartbeat.heard();
    heartbeat.watchClosely(true);
  }
  heartbeat.watchClosely(false);
  await timers.advance(PING_INTERVAL_MS - 1);
  assert.equal(told.length, 5);
  heartbeat.stop();
  heartbeat.watchClosely(true);
  assert.equal(timers.pending, 0);
});
