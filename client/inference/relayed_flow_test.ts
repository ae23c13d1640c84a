import assert from "node:assert/strict";
import { FakeTimers } from "../base/testing/fake_timers.ts";
import type { FrameKey } from "../time/frame_key.ts";
import type { RelayedAnswer } from "./flow_messages.ts";
import { RelayedFlow } from "./relayed_flow.ts";
import { BEAT_MS } from "./server_pulse.ts";
import { pongTo, resultOf, SERVER_AHEAD_MS } from "./testing/server_words.ts";
import type { PresentResult } from "./worker_messages.ts";

function setup() {
  const timers = new FakeTimers();
  const nowMs = () => 1_000_000 + timers.nowMs();
  const texts: string[] = [];
  const presented: PresentResult[] = [];
  const answers: RelayedAnswer[] = [];
  const known = new Map<number, FrameKey>();
  const scene = { hasPainter: true, silent: 0 };
  const flow = new RelayedFlow({
    labels: ["person", "dog"],
    timers,
    log: () => {},
    epochMs: nowMs,
    sendText: (text) => texts.push(text),
    onSilent: () => scene.silent += 1,
    keyOf: (frameId) => known.get(frameId) ?? null,
    present(result) {
      if (scene.hasPainter) presented.push(result);
      return scene.hasPainter;
    },
    onAnswer: (answer) => answers.push(answer),
  });
  const say = (message: object) => flow.receive(JSON.stringify(message));
  const found = (frameId: number) => say(resultOf(frameId, nowMs()));
  const came = (frameId: number) => known.set(frameId, { clock: "media", value: frameId * 100 });
  return { timers, nowMs, texts, presented, answers, scene, flow, say, found, came };
}

const facts = (answers: RelayedAnswer[]) =>
  answers.map((answer) =>
    answer.kind === "found"
      ? [answer.frameId, answer.isLate, answer.isPresented]
      : [answer.frameId, answer.cause]
  );

Deno.test("RelayedFlow shows what was found on the very frame that came, before the page knows", () => {
  const { found, came, presented, answers, nowMs } = setup();
  came(7);
  came(8);
  found(8);
  const [result] = presented;
  assert.deepEqual([presented.length, result!.key], [1, { clock: "media", value: 800 }]);
  assert.equal(result!.detections[0]!.classId, 1);
  const [answer] = answers;
  assert.ok(answer?.kind === "found");
  assert.deepEqual([answer.isPresented, answer.readyAtMs], [true, nowMs()]);
  assert.deepEqual([answer.times.serverMs, answer.found.stages], [15, { run: 12 }]);
});

Deno.test("RelayedFlow shows nothing that is late, or of no frame; of all of it the page is told", () => {
  const { found, came, say, presented, answers, scene } = setup();
  for (const id of [1, 2, 3, 4]) came(id);
  found(2);
  found(1);
  found(9);
  say({ type: "drop", frame_id: "3", cause: "superseded" });
  say({ type: "nonsense" });
  say(resultOf(10, 0, { detections: [{ ...resultOf(1, 0).detections[0]!, label: "what?" }] }));
  assert.deepEqual(presented.map(({ key }) => key?.value), [200]);
  assert.deepEqual(facts(answers), [
    [2, false, true],
    [1, true, false],
    [9, false, false],
    [3, "superseded"],
  ]);
  scene.hasPainter = false;
  came(11);
  found(11);
  assert.deepEqual(facts(answers).at(-1), [11, false, false], "nobody paints");
});

Deno.test("RelayedFlow knows the server's clock while it answers, and notices when it does not", async () => {
  const { flow, texts, say, nowMs, found, came, answers, timers, scene } = setup();
  flow.setOpen(true);
  say(pongTo(texts, nowMs()));
  came(1);
  found(1);
  const [answer] = answers;
  assert.ok(answer?.kind === "found");
  assert.equal(answer.clock?.offsetMs, SERVER_AHEAD_MS);
  await timers.advance(6 * BEAT_MS);
  assert.equal(scene.silent, 1);
  flow.setOpen(true);
  flow.setOpen(false);
  assert.equal(timers.pending, 0);
});
