import assert from "node:assert/strict";
import fc from "fast-check";
import { randomSecret } from "@/protocol";
import { hideAddress, hideSecrets } from "./log_privacy.ts";
import { logName } from "./secrets.ts";

Deno.test("hideSecrets() hides every key of ours, wherever it stands", () => {
  const before = fc.constantFrom("", " ", "/join/", "#", '"', "token=", "\n", "é", ".");
  const after = fc.constantFrom("", " ", "/x", "#", '"', "&view=", "\n", "é", ".");
  fc.assert(
    fc.property(before, after, fc.boolean(), (before, after, isHost) => {
      const key = randomSecret();
      const shown = hideSecrets(isHost ? "host" : "reason", `${before}${key}${after}`);
      assert.equal(shown, `${before}[${logName(key)}]${after}`);
    }),
    { numRuns: 2_000 },
  );
});

Deno.test("hideSecrets() leaves words, times, versions and code places as they are", () => {
  for (
    const text of [
      "it ended with status 1",
      "2026-11-21T09:41:01.394Z",
      "09:41:01.394 provider_bridge_ort.cc:1988 onnxruntime::Provider::Get()",
      "at file:///srv/server/app.ts:10:22",
      "nanodet-m.onnx",
      "1.30.0 of 1.2.3.4.5 and 999.1.1.1",
      "127.0.0.1 and 0.0.0.0 and ::1",
    ]
  ) assert.equal(hideSecrets("reason", text), text);
});

Deno.test("hideSecrets() cuts addresses to their network, but not those of this server", () => {
  const shown = hideSecrets(
    "text",
    "candidate 1 UDP 192.168.1.77 53112, [2001:db8:aa:1::7]:9, fe80::1",
  );
  assert.match(
    shown,
    /^candidate 1 UDP 192\.168\.1\.x#[0-9a-f]{4} 53112, \[2001:db8:x#[0-9a-f]{4}\]:9, fe80:0:x#[0-9a-f]{4}$/,
  );
  assert.equal(hideSecrets("host", "192.168.1.20"), "192.168.1.20");
});

Deno.test("hideSecrets() hides every address that is written as addresses are", () => {
  const address = fc.oneof(fc.ipV4(), fc.ipV6()).filter((text) =>
    !/^(127\.|0\.0\.0\.0$|::1?$)/.test(text)
  );
  fc.assert(fc.property(address, (text) => {
    const shown = hideSecrets("reason", `from ${text} it came`);
    assert.ok(!shown.includes(text), shown);
    assert.ok(shown.includes("#"), shown);
  }));
});

Deno.test("hideAddress() tells addresses of a network apart, the same way each time", () => {
  const shown = hideAddress("10.0.0.7");
  assert.match(shown, /^10\.0\.0\.x#[0-9a-f]{4}$/);
  assert.equal(hideAddress("10.0.0.7"), shown);
  assert.equal(new Set(["10.0.0.1", "10.0.0.2", "10.0.0.3"].map(hideAddress)).size, 3);
});
