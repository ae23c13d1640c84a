import assert from "node:assert/strict";
import type { CameraProblem } from "../media/camera_problem.ts";
import { browserFamily } from "./browser_family.ts";
import { privacyText, problemText } from "./phone_words.ts";

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
  assert.match(privacyText("local", 1), /two devices/);
  assert.match(privacyText("local", 3), /3 viewers/);
  assert.match(privacyText("off", 2), /2 viewers/);
  for (const viewers of [1, 2]) {
    const texts = (["local", "server", "off"] as const).map((to) => privacyText(to, viewers));
    assert.equal(new Set(texts).size, 3);
  }
});
