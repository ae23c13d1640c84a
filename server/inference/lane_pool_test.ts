import assert from "node:assert/strict";
import type { FromLane, ToLane } from "./lane_messages.ts";
import { makePool } from "./lane_pool.ts";
import { childModels, gradient, SETTINGS } from "./testing/test_child.ts";

const all = () => true;

/** A pool of one lane that takes square pictures. */
async function scene() {
  const { models, defaultModelId: modelId } = await childModels();
  const { pool } = await makePool({
    model: models.find(({ entry }) => entry.id === modelId)!,
    executionProvider: "cpu",
    threads: 1,
    layout: { sessions: 1, threads: 1 },
    onBroken: (message) => assert.fail(message),
  });
  const lane = pool.lanes[0]!;
  const ask = async (sidePx: number) => {
    const jpeg = new Uint8Array(gradient(sidePx, sidePx).jpeg);
    const job = {
      ...{ jpeg, widthPx: null, heightPx: null, settings: SETTINGS },
      ...{ isFollowed: false, isPicture: true },
    };
    const answer: FromLane = await lane.ask({ kind: "frame", job } satisfies ToLane);
    assert.ok(answer.kind === "done", JSON.stringify(answer));
    return answer.coreBytes;
  };
  const close = async () => {
    await pool.unload(modelId);
    lane.close();
  };
  return { pool, lane, ask, modelId, close };
}

Deno.test("LanePool.giveBack() replaces a Worker that a large picture has swollen, and no other", async () => {
  const { pool, lane, ask, modelId, close } = await scene();
  const smallBytes = await ask(320);
  await pool.giveBack(all, Infinity, 0);
  assert.equal(lane.swollenSince(Infinity), undefined);
  assert.ok(await ask(3_400) > 34_000_000);
  await pool.giveBack(all);
  assert.equal(lane.swollenSince(Infinity), modelId, "not at once");
  const givingBack = pool.giveBack(all, Infinity, 0);
  await ask(320);
  await givingBack;
  assert.equal(await ask(320), smallBytes);
  await close();
});

Deno.test("LanePool.giveBack() waits after a load that failed, and loads nothing that is not offered", async () => {
  const { pool, lane, ask, modelId, close } = await scene();
  await ask(3_400);
  const { ask: before } = lane;
  let loads = 0;
  lane.ask = async (request, transfer) => {
    if (request.kind !== "load") return await before.call(lane, request, transfer);
    loads += 1;
    return { kind: "failed", message: "no such file" };
  };
  const swollenMs = performance.now() + 30_000;
  await pool.giveBack(() => false, swollenMs);
  assert.equal(loads, 0);
  await pool.giveBack(all, swollenMs);
  await pool.giveBack(all, swollenMs + 100);
  assert.equal(loads, 1);
  await pool.giveBack(all, swollenMs + 20_000);
  assert.equal(loads, 2);
  assert.equal(lane.swollenSince(Infinity), modelId, "it goes on");
  await close();
});
