import assert from "node:assert/strict";
import type { ServedModel } from "@/protocol";
import { candidatesOf } from "./model_candidates.ts";

const model = (id: string, over: Partial<ServedModel> = {}) =>
  ({
    id,
    title: id,
    licence: "MIT",
    input: { widthPx: 400, heightPx: 200 },
    ...over,
  }) as ServedModel;

const SIZES = [
  { landscape: [400, 200], square: [300, 300] },
  { landscape: [200, 100], square: [150, 150] },
];

const KNOWN = {
  models: [
    model("a", { relativeTime: 1, publishedAp: 0.3 }),
    model("b", { relativeTime: 2 }),
    model("c", { input: { widthPx: 400, heightPx: 200, sizes: SIZES } as ServedModel["input"] }),
    model("d"),
  ],
  inUseId: "a",
  measuredMs: ({ id }: ServedModel) => ({ a: 20, c: 40 })[id] ?? null,
};

const timesOf = (side: "local" | "server", failed: readonly string[] = []) =>
  candidatesOf(KNOWN, { side, failures: new Map(failed.map((id) => [id, "It died."])) })
    .map(({ runMs }) => runMs);

Deno.test("candidatesOf() takes the time at the smallest size, and accuracy as published", () => {
  const [first] = candidatesOf(KNOWN, { side: "local", failures: new Map() });
  assert.deepEqual(first, { id: "a", licence: "MIT", publishedAp: 0.3, runMs: 20 });
  assert.deepEqual(timesOf("local"), [20, null, 10, null]);
});

Deno.test("candidatesOf() leaves out what was not measured or failed here, and estimates for a server", () => {
  assert.deepEqual(timesOf("local", ["c"]), [20, null, null, null]);
  assert.deepEqual(timesOf("server", ["c"]), [20, 40, 10, null]);
});
