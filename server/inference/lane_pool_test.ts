import assert from "node:assert/strict";
import type { FromLane, ToLane } from "./lane_messages.ts";
import { makePool } from "./lane_pool.ts";
import { childModels, gradient, SETTINGS } from "./testing/test_child.ts";

Deno.test("LanePool.giveBack() replaces a Worker that a large picture has swollen, and no other", async () => {
  const { models, defaultModelId } = await childModels();
  const { pool } = await makePool({
    model: models.find(({ entry }) => entry.id === defaultModelId)!,
    executionProvider: "cpu",
    threads: 1,
    layout: { sessions: 1, threads: 1 },
    onBroken: (message) => assert.fail(message),
  });
  const [lane] = pool.lanes;
  const ask = async (sidePx: number) => {
    const jpeg = new Uint8Array(gradient(sidePx, sidePx).jpeg);
    const job = { jpeg, widthPx: null, heightPx: null, settings: SETTINGS, isFollowed: false };
    const answer: FromLane = await lane!.ask({ kind: "frame", job } satisfies ToLane);
    assert.ok(answer.kind === "done", JSON.stringify(answer));
    return answer.coreBytes;
  };
  const smallBytes = await ask(320);
  await pool.giveBack(Infinity, 0);
  assert.equal(lane!.swollenSince(Infinity), undefined);
  assert.ok(await ask(3_400) > 34_000_000);
  await pool.giveBack();
  assert.equal(lane!.swollenSince(Infinity), defaultModelId, "not at once");
  const givingBack = pool.giveBack(Infinity, 0);
  await ask(320);
  await givingBack;
  assert.equal(await ask(320), smallBytes);
  await pool.unload(defaultModelId);
  lane!.close();
});
