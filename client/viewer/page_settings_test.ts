import assert from "node:assert/strict";
import { readPageSettings } from "./page_settings.ts";

Deno.test("page settings: what the address says, and as usual where it says nothing known", () => {
  const usual = { isClean: false, predict: true, detection: {} };
  assert.deepEqual(readPageSettings(""), usual);
  assert.deepEqual(readPageSettings("?clean=yes&display=fast&predict=1"), usual);
  assert.deepEqual(readPageSettings("?clean=1&display=synced&predict=0"), {
    isClean: true,
    predict: false,
    detection: { display: "synced" },
  });
});
