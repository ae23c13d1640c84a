import assert from "node:assert/strict";
import { fakeCatalog } from "../testing/helpers.ts";
import { chosenFirst, servedModels } from "./served_models.ts";

const [fake] = fakeCatalog("/nowhere").present;
const other = { ...fake!, entry: { ...fake!.entry, id: "other" } };
const catalog = { ...fakeCatalog("/nowhere"), present: [fake!, other] };

Deno.test("chosenFirst() puts the chosen model first and keeps the rest in order", () => {
  const ids = (id: string | null) => chosenFirst(catalog, id).map(({ entry }) => entry.id);
  assert.deepEqual(ids(null), ["fake", "other"]);
  assert.deepEqual(ids("other"), ["other", "fake"]);
  assert.throws(() => ids("third"), /^UsageError: --model .*: third \(present: fake, other\)$/);
});

Deno.test("servedModels() has another revision when anything that pages are told is different", () => {
  const of = (...ids: string[]) => {
    const present = ids.map((id) => ({ ...fake!, entry: { ...fake!.entry, id } }));
    return servedModels({ ...catalog, present }).modelsRevision;
  };
  assert.equal(of("a", "b"), of("a", "b"));
  const labels = { ...fake!, labels: ["other"] };
  const others = [
    of("a"),
    of("b", "a"),
    servedModels({ ...catalog, problem: "None." }).modelsRevision,
    servedModels({ ...catalog, present: [labels] }).modelsRevision,
  ];
  assert.equal(new Set([of("a", "b"), ...others]).size, 5);
});
