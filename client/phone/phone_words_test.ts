import assert from "node:assert/strict";
import type { CameraProblem } from "../media/camera_problem.ts";
import { browserFamily } from "./browser_family.ts";
import { noPictureWords } from "./phone_state.ts";
import { connectionText, privacyText, problemText } from "./phone_words.ts";

const PROBLEMS: readonly CameraProblem[] = [
  "insecure",
  "unsupported",
  "denied",
  "no-camera",
  "busy",
  "overconstrained",
  "lost",
  "unknown",
];

Deno.test("problemText() has a different sentence for every problem", () => {
  const texts = PROBLEMS.map((problem) => problemText(problem, "other"));
  assert.equal(new Set(texts).size, PROBLEMS.length);
  for (const text of texts) assert.match(text, /^[A-Z].{30,}\.$/);
});

Deno.test("problemText() says where each browser keeps its permission", () => {
  const families = ["chromium", "safari", "other"] as const;
  assert.equal(new Set(families.map((family) => problemText("denied", family))).size, 3);
});

Deno.test("browserFamily() goes by features, not by names", () => {
  assert.equal(browserFamily({ GestureEvent: 1 }), "safari");
  assert.equal(browserFamily({ chrome: {} }), "chromium");
  assert.equal(browserFamily({}), "other");
});

Deno.test("privacyText() claims nothing of a viewer that has not spoken yet", () => {
  assert.doesNotMatch(privacyText(null, 0), /stay|two devices/);
});

Deno.test("privacyText() tells one viewer from several, and each way that frames go", () => {
  const say = (frames: "local" | "server" | "off", viewers: number, eventsTo: string | null) =>
    privacyText({ frames, eventsTo }, viewers);
  assert.match(say("local", 1, null), /two devices/);
  assert.match(say("local", 3, null), /3 viewers/);
  assert.match(say("off", 2, null), /2 viewers/);
  const all = [null, "hook.example:8443"].flatMap((eventsTo) =>
    [1, 2].flatMap((viewers) =>
      (["local", "server", "off"] as const).map((to) => ({ viewers, to, eventsTo }))
    )
  );
  const texts = all.map(({ to, viewers, eventsTo }) => say(to, viewers, eventsTo));
  // One sentence each, but that the server gets frames is the same for one viewer as for several.
  assert.equal(new Set(texts).size, all.length - 2);
  all.forEach(({ eventsTo }, index) => {
    assert.equal(/ picture .*hook\.example:8443\./.test(texts[index]!), eventsTo !== null);
    if (eventsTo !== null) assert.doesNotMatch(texts[index]!, /devices only|no further/);
  });
});

Deno.test("connectionText() says Live only while a picture goes out", () => {
  const error = () => "";
  const live = { kind: "live", viewers: 1 } as const;
  assert.equal(connectionText(live, { noPicture: null, error }), "Live on the computer.");
  for (const kind of ["live", "relayed", "live-without-server"] as const) {
    const text = connectionText({ kind, viewers: 1 }, { noPicture: "The camera stopped.", error });
    assert.match(text, /^Connected.* The camera stopped\./);
    assert.doesNotMatch(text, /Live/);
  }
});

Deno.test("noPictureWords() tells a camera that was taken away from one that never started", () => {
  const failed = (problem: CameraProblem) => noPictureWords({ kind: "failed", problem }, false);
  assert.equal(failed("lost"), "The camera stopped.");
  assert.equal(failed("denied"), "The camera is off.");
  assert.equal(noPictureWords({ kind: "starting" }, false), "The camera is off.");
});
