import assert from "node:assert/strict";
import { ENV_NAMES } from "./config.ts";
import { README, withFlagTables } from "./flags_table.ts";

Deno.test("the tables of flags in server/README.md are what the code gives", () => {
  const text = Deno.readTextFileSync(README);
  assert.equal(
    text,
    withFlagTables(text),
    "run: deno run --allow-read --allow-write=server server/flags_table.ts",
  );
});

Deno.test("server/README.md names every variable that the server reads", () => {
  const text = Deno.readTextFileSync(README);
  assert.deepEqual(ENV_NAMES.filter((name) => !text.includes(`\`${name}\``)), []);
});
