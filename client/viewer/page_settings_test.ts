import assert from "node:assert/strict";
import { readPageSettings } from "./page_settings.ts";

Deno.test("page settings: what the address says, and as usual where it says nothing known", () => {
  const usual = { isClean: false, predict: true, detection: {}, camera: null, zones: null };
  assert.deepEqual(readPageSettings(""), usual);
  assert.deepEqual(readPageSettings("?clean=yes&display=fast&predict=1"), usual);
  assert.deepEqual(readPageSettings("?clean=1&display=synced&predict=0"), {
    isClean: true,
    predict: false,
    detection: { display: "synced" },
    camera: null,
    zones: null,
  });
});

Deno.test("page settings: zones of the address, and none where it says them wrongly", () => {
  const [zone] = readPageSettings("?zones=Door:0,0,500,0,500,1000:e:person").zones!;
  assert.deepEqual([zone!.name, zone!.kinds, zone!.classes], ["Door", ["enter"], ["person"]]);
  assert.deepEqual(readPageSettings("?zones=Door:0,0,500,0").zones, []);
  assert.deepEqual(readPageSettings("?zones=").zones, []);
});

Deno.test("page settings: a camera of the server by its name, and by nothing else", () => {
  assert.equal(readPageSettings("?camera=ball").camera, "ball");
  for (const camera of ["", "Ball", "rtsp://door/", "a".repeat(33)]) {
    assert.equal(readPageSettings(`?camera=${encodeURIComponent(camera)}`).camera, null);
  }
});
