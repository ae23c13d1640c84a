import assert from "node:assert/strict";
import * as fc from "fast-check";
import * as v from "valibot";
import { type ManifestEntry, modelIdSchema } from "@/protocol";
import type { AddedModel } from "./local_state.ts";
import { chooseOwnId, type IdClues, idOf } from "./own_id.ts";

const added = (...models: [id: string, sha256: string][]) =>
  models.map(([id, sha256]) => ({ id, sha256 }) as AddedModel);
const entry = (id: string, file: string, sha256: string | null, urls: string[] = []) =>
  ({ id, file, sha256, urls }) as unknown as ManifestEntry;

function choose(over: Partial<IdClues>) {
  return chooseOwnId({
    id: "best",
    isNamed: false,
    mayReplace: false,
    sha256: "new",
    metadata: new Map(),
    manifest: [entry("yolox-nano", "yolox-nano-416.onnx", "x"), entry("yolo11n", "y.onnx", null)],
    added: [],
    files: new Set(),
    ...over,
  });
}

const BEST = { added: added(["best", "old"]), files: new Set(["best.onnx"]) };

Deno.test("chooseOwnId() gives a second file of one name an id of its own", () => {
  assert.deepEqual(choose({}), { kind: "id", id: "best" });
  assert.deepEqual(choose(BEST), { kind: "id", id: "best-2" });
  const more = { ...BEST, added: added(["best", "old"], ["best-2", "older"]) };
  assert.deepEqual(choose(more), { kind: "id", id: "best-3" });
  assert.deepEqual(choose({ id: "yolox-nano-416" }), { kind: "id", id: "yolox-nano-416-2" });
  assert.deepEqual(choose({ files: BEST.files }), { kind: "id", id: "best-2" });
  const long = "b".repeat(64);
  assert.deepEqual(choose({ id: long, added: added([long, "old"]) }), {
    kind: "id",
    id: `${"b".repeat(62)}-2`,
  });
});

Deno.test("chooseOwnId() takes what the exporter wrote, where that says anything", () => {
  const described = (description: string) =>
    choose({ ...BEST, metadata: new Map([["description", description]]) });
  const id = (is: string) => ({ kind: "id", id: is });
  const text = "Ultralytics YOLOv8n model trained on /data/owls.yaml";
  assert.deepEqual(described(text), id("yolov8n-owls"));
  assert.deepEqual(
    described("Ultralytics YOLO11s model trained on coco8.yaml"),
    id("yolo11s-coco8"),
  );
  assert.deepEqual(described("Ultralytics model"), id("best-2"));
  assert.deepEqual(described("Ultralytics best model"), id("best-2"));
});

Deno.test("chooseOwnId() says that the same bytes are here, and replaces nothing unasked", () => {
  assert.deepEqual(choose({ ...BEST, sha256: "old" }), { kind: "here", id: "best" });
  assert.deepEqual(choose({ ...BEST, id: "other", sha256: "old" }), { kind: "here", id: "best" });
  const named = { ...BEST, isNamed: true };
  assert.throws(() => choose(named), /^CommandError: best is here already .* --replace, or give/);
  assert.deepEqual(choose({ ...named, mayReplace: true }), { kind: "id", id: "best" });
  assert.deepEqual(choose({ ...named, id: "other", sha256: "old" }), { kind: "id", id: "other" });
  assert.throws(
    () => choose({ id: "gone", isNamed: true, files: new Set(["gone.onnx"]) }),
    /a file/,
  );
});

Deno.test("chooseOwnId() never gives a name of the manifest, but to what is there by hand", () => {
  for (const mayReplace of [false, true]) {
    const named = { isNamed: true, mayReplace };
    assert.throws(() => choose({ ...named, id: "yolox-nano" }), /a model of the manifest/);
    assert.throws(() => choose({ ...named, id: "yolox-nano-416" }), /the file of yolox-nano/);
    assert.deepEqual(choose({ ...named, id: "yolo11n" }), { kind: "id", id: "yolo11n" });
  }
});

Deno.test("idOf() makes an id of any text, or nothing", () => {
  fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 90 }), (text) => {
    const id = idOf(text);
    assert.ok(id === "" || v.is(modelIdSchema, id), id);
  }));
});
