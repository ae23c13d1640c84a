import assert from "node:assert/strict";
import { sessionIdOf, withoutVideoOrientation } from "./sdp.ts";

const SDP = [
  "v=0",
  "o=- 4611731400430051336 2 IN IP4 127.0.0.1",
  "m=video 9 UDP/TLS/RTP/SAVPF 96",
  "a=extmap:1 urn:ietf:params:rtp-hdrext:toffset",
  "a=extmap:3 urn:3gpp:video-orientation",
  "a=extmap:4/sendonly urn:3gpp:video-orientation",
  "a=sendonly",
  "",
].join("\r\n");

Deno.test("withoutVideoOrientation() removes those lines and no other byte", () => {
  const want = SDP.split("\r\n").filter((line) => !line.includes("3gpp")).join("\r\n");
  assert.equal(withoutVideoOrientation(SDP), want);
  assert.equal(withoutVideoOrientation(want), want);
});

Deno.test("sessionIdOf() reads the session id of the origin line", () => {
  assert.equal(sessionIdOf(SDP), "4611731400430051336");
  assert.equal(sessionIdOf("v=0\r\n"), null);
});
