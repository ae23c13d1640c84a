import assert from "node:assert/strict";
import { dashboard, PANELS } from "./dashboard.ts";

const read = (path: string) => Deno.readTextFile(new URL(path, import.meta.url));

Deno.test("dashboards/peerlens.json is what make_dashboard.ts writes", async () => {
  const committed = await read("./dashboards/peerlens.json");
  assert.deepEqual(JSON.parse(committed), JSON.parse(JSON.stringify(dashboard())));
});

Deno.test("every metric of the dashboard is one that the server has", async () => {
  const documented = new Set(
    [...(await read("../../observability/README.md")).matchAll(/`(peerlens_\w+)`/g)]
      .map(([, name]) => name!),
  );
  for (const [title, , ...queries] of PANELS) {
    for (const [expr] of queries) {
      const names = [...expr.matchAll(/peerlens_\w+/g)].map(([name]) =>
        name.replace(/_bucket$/, "")
      );
      assert.ok(names.length > 0, title);
      for (const name of names) assert.ok(documented.has(name), `${title}: ${name}`);
    }
  }
});

Deno.test("no two panels of the dashboard lie on each other", () => {
  const { panels } = dashboard() as {
    panels: { title: string; gridPos: { x: number; y: number; w: number; h: number } }[];
  };
  const taken = new Set<string>();
  for (const { title, gridPos: { x, y, w, h } } of panels) {
    assert.ok(x + w <= 24, title);
    for (let column = x; column < x + w; column++) {
      for (let row = y; row < y + h; row++) {
        assert.ok(!taken.has(`${column},${row}`), title);
        taken.add(`${column},${row}`);
      }
    }
  }
});
