import assert from "node:assert/strict";
import type { Profile } from "@/protocol";
import type { LoadLevel } from "../inference/load_level.ts";
import { type ReliefState, stepRelief } from "./camera_relief.ts";

/** A phone that obeys at once, and what it was asked. */
function run(levels: readonly LoadLevel[], from: Profile, isOwner = true) {
  let state: ReliefState = { kind: "untouched" };
  let profile = from;
  const commands: Profile[] = [];
  for (const level of levels) {
    const step = stepRelief(state, { level, profile, isOwner });
    state = step.state;
    if (step.command === null) continue;
    commands.push(step.command);
    profile = step.command;
  }
  return { state, profile, commands };
}

Deno.test("stepRelief() lowers the camera with the level and restores what was there", () => {
  const levels = ["full", "reduced", "latest-only", "paused", "latest-only", "reduced", "full"];
  const { commands, profile } = run(levels as LoadLevel[], "high");
  assert.deepEqual(commands, ["balanced", "low", "balanced", "high"]);
  assert.equal(profile, "high");
});

Deno.test("stepRelief() does nothing to a camera that is small enough, or is another's to command", () => {
  assert.deepEqual(run(["reduced", "full"], "balanced").commands, []);
  assert.deepEqual(run(["paused", "full"], "low").commands, []);
  assert.deepEqual(run(["paused", "full"], "high", false).commands, []);
});

Deno.test("stepRelief() asks once, and leaves a profile that a person chose meanwhile alone", () => {
  const isOwner = true;
  const asked = stepRelief({ kind: "untouched" }, { level: "paused", profile: "high", isOwner });
  assert.equal(asked.command, "low");
  const again = stepRelief(asked.state, { level: "paused", profile: "high", isOwner });
  assert.equal(again.command, null, "the phone has not obeyed yet");
  const overruled = stepRelief(again.state, { level: "paused", profile: "balanced", isOwner });
  assert.deepEqual(overruled, { state: { kind: "overruled" }, command: null });
  const over = stepRelief(overruled.state, { level: "full", profile: "balanced", isOwner });
  assert.deepEqual(over, { state: { kind: "untouched" }, command: null });
});
