import assert from "node:assert/strict";
import { SIGNAL_ERROR_CODES } from "@/protocol";
import { phoneWords, signalWords } from "./viewer_words.ts";

Deno.test("signalWords() says that video goes on while the server is away", () => {
  const away = { kind: "waiting", cause: "lost", sinceMs: 0, retryAtMs: 100 } as const;
  assert.match(signalWords(away, 1).words, /Video and detection go on/);
  assert.doesNotMatch(signalWords(away, 0).words, /go on/);
});

Deno.test("signalWords() has a sentence for every refusal, and marks what needs a person", () => {
  for (const code of SIGNAL_ERROR_CODES) {
    const { words, mood } = signalWords({ kind: "refused", code }, 0);
    assert.match(words, /[a-z].*\.$/);
    assert.equal(mood, "bad");
  }
});

Deno.test("phoneWords() asks about the network when a phone stays out of reach", () => {
  const connecting = { kind: "connecting", sinceMs: 1000, tries: 0 } as const;
  assert.equal(phoneWords(connecting, 1500).mood, "wait");
  assert.match(phoneWords(connecting, 20_000).words, /same network/);
  assert.match(phoneWords({ ...connecting, tries: 1 }, 1500).words, /same network/);
});
