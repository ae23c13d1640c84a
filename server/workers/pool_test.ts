import assert from "node:assert/strict";
import type { Catalog } from "../../models/catalog.ts";
import type { Log } from "../base/log.ts";
import type { Workers, WorkersEvents } from "./members.ts";
import type { Announcement } from "./messages.ts";
import { InferencePool } from "./pool.ts";

Deno.test("a worker that does not describe a model it announced is not asked without end, and it is said", async () => {
  const said = {
    name: "w",
    state: "ready",
    models: { thing: "0123456789abcdef" },
    streams: 0,
    maxStreams: 8,
  } as unknown as Announcement;
  const worker = { id: "w1", name: "w", said, heardMs: 0, facts: null };
  let asked = 0;
  let events: WorkersEvents | null = null;
  const warned: string[] = [];
  const pool = new InferencePool({
    workers: {
      start: (given: WorkersEvents) => void (events = given),
      stop() {},
      all: () => [worker],
      get: () => worker,
      modelOf: () => {
        asked += 1;
        return Promise.resolve(null);
      },
    } as unknown as Workers,
    catalog: () => ({ present: [], problem: null }) as unknown as Catalog,
    maxStreams: 8,
    log: { warn: (event: string) => void warned.push(event) } as unknown as Log,
  });
  pool.start(() => assert.fail("no other models are on offer"));
  // As with every announcement.
  for (let n = 0; n < 20; n++) {
    events!.onChange();
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  pool.stop();
  assert.deepEqual([asked, warned], [1, ["model not described"]]);
});
