import assert from "node:assert/strict";
import { advertised, isUsable, withUsableCandidates } from "./candidates.ts";

const HOST = "candidate:1 1 UDP 2114977791 172.17.0.2 5000 typ host";

Deno.test("advertised() gives a host candidate once more at the address outside", () => {
  assert.equal(
    advertised(HOST, "192.0.2.7"),
    "candidate:19 1 UDP 2114977790 192.0.2.7 5000 typ host",
  );
  assert.equal(advertised(HOST, "172.17.0.2"), null);
  assert.equal(advertised(HOST, "2001:db8::1"), null);
  assert.equal(advertised(HOST.replace("UDP", "TCP"), "192.0.2.7"), null);
  assert.equal(advertised(HOST.replace("typ host", "typ srflx"), "192.0.2.7"), null);
  assert.equal(advertised("", "192.0.2.7"), null);
});

Deno.test("isUsable() takes addresses and browsers' .local names, and looks up no other name", () => {
  assert.ok(isUsable(HOST));
  assert.ok(isUsable(`a=${HOST.replace("172.17.0.2", "2001:db8::1")}`));
  assert.ok(isUsable(HOST.replace("172.17.0.2", "0f5c1e3a-7d1c-4f0c-8c4b-2b1f6d1e2a3b.local")));
  assert.ok(!isUsable(HOST.replace("172.17.0.2", "internal.example")));
  assert.ok(!isUsable(HOST.replace("172.17.0.2", "internal.example.local")));
  assert.ok(!isUsable("nonsense"));
});

Deno.test("withUsableCandidates() leaves the rest of an offer as it is", () => {
  const sdp = ["v=0", `a=${HOST}`, "a=candidate:2 1 UDP 1 evil.example 1 typ host", "a=mid:0", ""];
  assert.equal(
    withUsableCandidates(sdp.join("\r\n")),
    ["v=0", `a=${HOST}`, "a=mid:0", ""].join("\r\n"),
  );
});
