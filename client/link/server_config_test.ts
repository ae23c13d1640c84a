import assert from "node:assert/strict";
import type { ClientConfig } from "@/protocol";
import { FakeTimers } from "../base/testing/fake_timers.ts";
import { ServerAwayError, waitForConfig } from "./server_config.ts";

Deno.test("waitForConfig() asks again, ever more seldom, until the server answers", async () => {
  const timers = new FakeTimers();
  const config = {} as ClientConfig;
  const failures: string[] = [];
  const askedAtMs: number[] = [];
  const waiting = waitForConfig({
    read: () => {
      askedAtMs.push(timers.nowMs());
      return askedAtMs.length < 9
        ? Promise.reject(new ServerAwayError("Failed to fetch"))
        : Promise.resolve(config);
    },
    timers,
    onFailure: (why) => failures.push(why),
  });
  await timers.advance(20_000);
  assert.equal(await waiting, config);
  assert.deepEqual(failures, Array(8).fill("Failed to fetch"));
  const pausesMs = askedAtMs.slice(1).map((atMs, index) => atMs - askedAtMs[index]!);
  assert.ok(pausesMs[0]! <= 250 && pausesMs.every((pauseMs) => pauseMs <= 2_000), `${pausesMs}`);
  assert.ok(pausesMs.at(-1)! >= 1_000, `${pausesMs}`);
  assert.equal(timers.pending, 0);
});

Deno.test("waitForConfig() does not ask again for an answer that is none for this page", async () => {
  const timers = new FakeTimers();
  const read = () => Promise.reject(new Error("the server answers 403"));
  const onFailure = (why: string) => assert.fail(why);
  await assert.rejects(waitForConfig({ read, timers, onFailure }), /403/);
  assert.equal(timers.pending, 0);
});
