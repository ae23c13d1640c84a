import assert from "node:assert/strict";
import type { ClientConfig } from "@/protocol";
import {
  changedSettings,
  type DetectionChoices,
  linkWith,
  queryOf,
  readSettings,
  settingsOfQuery,
  startChoices,
  startingMode,
  USUAL_CHOICES,
} from "./detection_settings.ts";
import { storedSettings } from "../viewer/settings_memory.ts";
import { FakeStorage } from "../base/testing/fake_storage.ts";

const LABELS = ["person", "dog", "traffic light"];
const MODELS = [
  { id: "small", scoreThreshold: 0.2, iouThreshold: 0.6, labels: LABELS },
  { id: "large", scoreThreshold: 0.3, iouThreshold: 0.5, labels: ["dog"] },
] as unknown as ClientConfig["models"];
const CONFIG = { models: MODELS, detectionFps: null };

Deno.test("settings: wrong fields are left out and right ones kept", () => {
  assert.deepEqual(readSettings(null), {});
  assert.deepEqual(readSettings("live"), {});
  assert.deepEqual(
    readSettings({
      mode: "fast",
      modelId: 7,
      display: "synced",
      detectionFps: 0.5,
      scoreThreshold: 2,
      iouThreshold: 0.4,
      mirror: "1",
      classes: ["person", 3],
      more: true,
    }),
    { display: "synced", iouThreshold: 0.4 },
  );
});

Deno.test("settings: a link says all of them, and reads back as it was written", () => {
  const choices: DetectionChoices = {
    mode: "wasm",
    modelId: "large",
    size: "384x288",
    detectionFps: 6,
    scoreThreshold: 0.35000000000000003,
    iouThreshold: 0.6,
    classes: new Set([2, 0]),
    mirror: true,
    display: "synced",
  };
  const link = new URL(linkWith("https://host:3443/#room=r&view=v", queryOf(choices, LABELS)));
  assert.equal(link.hash, "#room=r&view=v");
  assert.match(link.search, /classes=person,traffic\+light/);
  assert.deepEqual(settingsOfQuery(link.searchParams), {
    mode: "wasm",
    modelId: "large",
    size: "384x288",
    detectionFps: 6,
    display: "synced",
    scoreThreshold: 0.35,
    iouThreshold: 0.6,
    mirror: true,
    classes: ["person", "traffic light"],
  });
  const all = new URL(linkWith("https://host/", queryOf(USUAL_CHOICES, LABELS))).searchParams;
  assert.equal(settingsOfQuery(all).classes, null);
  assert.equal(settingsOfQuery(all).size, null);
  assert.equal(settingsOfQuery(all).detectionFps, null);
  assert.deepEqual(settingsOfQuery(new URLSearchParams("fps=0")), {});
  assert.deepEqual(settingsOfQuery(new URLSearchParams("size=large")), {});
  assert.deepEqual(settingsOfQuery(new URLSearchParams("classes=")).classes, []);
  assert.deepEqual(settingsOfQuery(new URLSearchParams("score=&iou=x&mirror=yes&mode=")), {});
});

Deno.test("startChoices() begins with the server's first model and its thresholds", () => {
  const choices = startChoices(CONFIG, { ...USUAL_CHOICES, mirror: true });
  assert.deepEqual(choices, {
    ...USUAL_CHOICES,
    modelId: "small",
    scoreThreshold: 0.2,
    iouThreshold: 0.6,
    mirror: true,
  });
  assert.equal(startChoices({ ...CONFIG, models: [] }, USUAL_CHOICES).modelId, null);
});

Deno.test("startChoices() takes the pace that was wished for, else the server's", () => {
  const of = (detectionFps: number | null, wished = {}) =>
    startChoices({ ...CONFIG, detectionFps }, USUAL_CHOICES, wished).detectionFps;
  assert.deepEqual([of(null), of(8), of(8, { detectionFps: 6 })], [null, 8, 6]);
  assert.equal(of(8, { detectionFps: null }), null);
});

Deno.test("startChoices() takes what is wished as far as the server has it", () => {
  const wished = { modelId: "large", scoreThreshold: 0.8, classes: ["person", "dog"] };
  assert.deepEqual(startChoices(CONFIG, USUAL_CHOICES, wished), {
    ...USUAL_CHOICES,
    modelId: "large",
    scoreThreshold: 0.8,
    classes: new Set([0]),
  });
  const gone = startChoices(CONFIG, USUAL_CHOICES, { modelId: "gone", classes: ["zebra"] });
  assert.equal(gone.modelId, "small");
  assert.equal(gone.classes, null);
  assert.deepEqual(startChoices(CONFIG, USUAL_CHOICES, { classes: [] }).classes, new Set());
});

Deno.test("startingMode() takes the wished mode where the server offers it", () => {
  const config = { mode: "wasm", modes: ["wasm", "off"] } as const;
  const of = (mode?: "off" | "server") =>
    startingMode(
      { mode: config.mode, modes: [...config.modes] },
      mode === undefined ? {} : { mode },
    );
  assert.equal(of().mode, "wasm");
  assert.equal(of("off").mode, "off");
  assert.equal(of("server").mode, "wasm");
});

Deno.test("changedSettings() names what a person changed, and nothing else", () => {
  assert.deepEqual(changedSettings(USUAL_CHOICES, USUAL_CHOICES, LABELS), {});
  const after = { ...USUAL_CHOICES, mode: "wasm", mirror: true, classes: new Set([1]) } as const;
  assert.deepEqual(changedSettings(USUAL_CHOICES, after, LABELS), {
    mirror: true,
    classes: ["dog"],
  });
  assert.deepEqual(changedSettings(after, { ...after, classes: null }, LABELS), { classes: null });
  assert.deepEqual(changedSettings(USUAL_CHOICES, { ...USUAL_CHOICES, detectionFps: 6 }, LABELS), {
    detectionFps: 6,
  });
});

Deno.test("stored settings add up, and last as long as the page where storage is shut", () => {
  const storage = new FakeStorage();
  storage.setItem("peerlens.settings", `{"mirror": true, "mode": 1}`);
  const memory = storedSettings(() => storage);
  assert.deepEqual(memory.settings(), { mirror: true });
  memory.add({ display: "synced" });
  assert.deepEqual(storedSettings(() => storage).settings(), { mirror: true, display: "synced" });
  storage.setItem("peerlens.settings", "{");
  assert.deepEqual(storedSettings(() => storage).settings(), {});
  const shut = storedSettings(() => {
    throw new DOMException("", "SecurityError");
  });
  shut.add({ mirror: true });
  assert.deepEqual(shut.settings(), { mirror: true });
});
