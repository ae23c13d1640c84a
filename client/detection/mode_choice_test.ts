import assert from "node:assert/strict";
import type { Mode } from "@/protocol";
import { storedConsent } from "../viewer/consent.ts";
import { startMode, stepMode } from "./mode_choice.ts";
import { FakeStorage } from "../base/testing/fake_storage.ts";

const MODES: Mode[] = ["wasm", "server", "auto", "off"];
const start = (mode: Mode, given = false) => startMode({ mode, modes: MODES }, given);
const yes = { kind: "answered", yes: true } as const;
const no = { kind: "answered", yes: false } as const;

Deno.test("stepMode() asks before the server mode is taken; a refusal leaves the mode as it was", () => {
  const asked = stepMode(start("wasm"), { kind: "chosen", mode: "server" }, false);
  assert.deepEqual([asked.mode, asked.question], ["wasm", { kind: "mode", mode: "server" }]);
  assert.deepEqual([stepMode(asked, no, false).mode, stepMode(asked, no, false).question], [
    "wasm",
    null,
  ]);
  const taken = stepMode(asked, yes, true);
  assert.deepEqual([taken.mode, taken.question], ["server", null]);
  const off = stepMode(taken, { kind: "chosen", mode: "off" }, true);
  const again = stepMode(off, { kind: "chosen", mode: "server" }, true);
  assert.deepEqual([again.mode, again.question], ["server", null], "asked once only");
});

Deno.test("startMode() in server mode asks when a phone is there, not over the QR code", () => {
  const waiting = start("server");
  assert.deepEqual([waiting.mode, waiting.question], ["wasm", null]);
  const asked = stepMode(waiting, { kind: "phone-joined" }, false);
  assert.deepEqual(asked.question, { kind: "mode", mode: "server" });
  assert.equal(stepMode(asked, yes, true).mode, "server");
  assert.equal(start("server", true).mode, "server");
  assert.equal(startMode({ mode: "server", modes: ["server", "off"] }, false).mode, "off");
});

Deno.test("stepMode() asks when auto would take the server, and not again after a refusal", () => {
  const auto = stepMode(start("wasm"), { kind: "chosen", mode: "auto" }, false);
  assert.deepEqual([auto.mode, auto.question], ["auto", null]);
  const asked = stepMode(auto, { kind: "auto-wants-server" }, false);
  assert.deepEqual(asked.question, { kind: "auto" });
  const kept = stepMode(asked, no, false);
  assert.equal(stepMode(kept, { kind: "auto-wants-server" }, false).question, null);
  assert.equal(kept.mode, "auto");
});

Deno.test("storedConsent() remembers, and works where the storage is shut", () => {
  const storage = new FakeStorage();
  const consent = storedConsent(() => storage);
  assert.equal(consent.isGiven(), false);
  consent.give();
  assert.equal(storedConsent(() => storage).isGiven(), true);
  const shut = storedConsent(() => {
    throw new DOMException("denied", "SecurityError");
  });
  shut.give();
  assert.equal(shut.isGiven(), true);
});

Deno.test("stepMode() takes the server's mode without a question where what came needs no consent", () => {
  const before = startMode({ mode: "server", modes: ["wasm", "server"] }, false);
  assert.equal(before.mode, "wasm");
  const after = stepMode(before, { kind: "phone-joined" }, true);
  assert.deepEqual([after.mode, after.question, after.pending], ["server", null, null]);
});
