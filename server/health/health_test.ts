import assert from "node:assert/strict";
import { appDeps } from "../testing/helpers.ts";
import { readinessOf } from "./health.ts";

Deno.test("readinessOf() names each port that takes no connections", async () => {
  const listeners = { deaf: () => ["HTTPS"] };
  const { ready, reasons } = await readinessOf({ ...appDeps(), listeners });
  assert.ok(!ready);
  assert.ok(reasons.includes("The HTTPS port takes no connections."));
  const { reasons: others } = await readinessOf({ ...appDeps(), listeners: { deaf: () => [] } });
  assert.ok(!others.some((reason) => reason.includes("port")));
});
