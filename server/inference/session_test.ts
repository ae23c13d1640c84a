import assert from "node:assert/strict";
import { loadCatalog } from "../../models/catalog.ts";
import { createSession } from "./session.ts";

const { present } = await loadCatalog([]);
const { entry, path } = present.find((model) => model.entry.id === "peerlens-nano")!;

Deno.test("createSession() runs a model and keeps nothing of its input", async () => {
  const session = await createSession({ entry, path, provider: "cpu", threads: 1 });
  const input = new Float32Array(3 * 256 * 320).fill(0.5);
  const first = await session.run(input);
  input.fill(0.1);
  const second = await session.run(input);
  assert.equal(first.length, 84 * 1700);
  assert.notDeepEqual(first, second);
  assert.deepEqual(await session.run(input.fill(0.5)), first);
  assert.ok(session.runMs > 0);
  await session.close();
});

Deno.test("createSession() names the provider, or the tensor that does not fit", async () => {
  const source = { entry, path, provider: "cpu", threads: 1 } as const;
  const provider = Deno.build.os === "darwin" ? "dml" : "coreml";
  await assert.rejects(createSession({ ...source, provider }), new RegExp(`on ${provider}`));
  const wide = { ...entry, input: { ...entry.input, widthPx: 640 } };
  await assert.rejects(
    createSession({ ...source, entry: wide }),
    /input "images" is \[1, 3, 256, 320\]/,
  );
  const other = { ...entry, head: { ...entry.head, name: "boxes" } };
  await assert.rejects(createSession({ ...source, entry: other }), /output "boxes" is missing/);
});
