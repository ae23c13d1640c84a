import assert from "node:assert/strict";
import { askForCaptureTime, CAPTURE_TIME_URI, withCaptureTime } from "./capture_extension.ts";

const TOFFSET = "urn:ietf:params:rtp-hdrext:toffset";
const MID = "urn:ietf:params:rtp-hdrext:sdes:mid";

function sdp(...sections: string[][]): string {
  return ["v=0", "o=- 1 2 IN IP4 127.0.0.1", ...sections.flat(), ""].join("\r\n");
}
const video = (...lines: string[]) => ["m=video 9 UDP/TLS/RTP/SAVPF 96", ...lines, "a=sendonly"];
const extmap = (id: number | string, uri: string) => `a=extmap:${id} ${uri}`;
const DATA = ["m=application 9 UDP/DTLS/SCTP webrtc-datachannel", "a=mid:2"];

function idsOf(text: string): string[] {
  return [...text.matchAll(/^a=extmap:(\S+) (\S+)\r$/gm)].filter(([, , uri]) =>
    uri === CAPTURE_TIME_URI
  ).map(([, id]) => id!);
}

Deno.test("withCaptureTime() adds the extension under a free id to each video section, and to no other", () => {
  const plain = sdp(
    video(extmap(1, TOFFSET), extmap("3/sendonly", MID)),
    video(extmap(2, "urn:x")),
    DATA,
  );
  const made = withCaptureTime(plain);
  assert.deepEqual(idsOf(made), ["4", "4"]);
  assert.equal(made.replaceAll(`${extmap(4, CAPTURE_TIME_URI)}\r\n`, ""), plain);
  assert(made.endsWith("a=mid:2\r\n"));
  assert.equal(withCaptureTime(made), made);
});

Deno.test("withCaptureTime() takes the id that another section has for it, once each", () => {
  const plain = sdp(
    video(extmap(1, TOFFSET), extmap(9, CAPTURE_TIME_URI)),
    video(extmap(1, TOFFSET)),
  );
  assert.deepEqual(idsOf(withCaptureTime(plain)), ["9", "9"]);
});

Deno.test("withCaptureTime() serves sections without extensions, and leaves rejected ones alone", () => {
  assert.deepEqual(idsOf(withCaptureTime(sdp(video()))), ["1"]);
  const rejected = sdp(["m=video 0 UDP/TLS/RTP/SAVPF 96"]);
  assert.equal(withCaptureTime(rejected), rejected);
  assert.equal(withCaptureTime("v=0\r\n"), "v=0\r\n");
});

Deno.test("withCaptureTime() changes nothing where every id is taken", () => {
  const full = sdp(video(...Array.from({ length: 14 }, (_, i) => extmap(i + 1, `urn:x:${i}`))));
  assert.equal(withCaptureTime(full), full);
});

Deno.test("withCaptureTime() answers what is offered, by the offer's id", () => {
  const answer = sdp(video(extmap(1, TOFFSET)), DATA);
  const offer = sdp(video(extmap(1, TOFFSET), extmap(6, CAPTURE_TIME_URI)), DATA);
  assert.deepEqual(idsOf(withCaptureTime(answer, offer)), ["6"]);
  assert.equal(withCaptureTime(answer, sdp(video(extmap(1, TOFFSET)), DATA)), answer);
});

Deno.test("askForCaptureTime() turns the extension on and leaves the others as they are", () => {
  const extensions = [
    { uri: TOFFSET, direction: "sendrecv" },
    { uri: CAPTURE_TIME_URI, direction: "stopped" },
    { uri: MID, direction: "stopped" },
  ];
  let set: unknown = null;
  const transceiver = {
    getHeaderExtensionsToNegotiate: () => structuredClone(extensions),
    setHeaderExtensionsToNegotiate: (given: unknown) => set = given,
  };
  assert.equal(askForCaptureTime(transceiver as never), true);
  assert.deepEqual(set, [
    extensions[0],
    { uri: CAPTURE_TIME_URI, direction: "sendrecv" },
    extensions[2],
  ]);
});

Deno.test("askForCaptureTime() asks for nothing where the browser has neither setting nor extension", () => {
  assert.equal(askForCaptureTime({}), false);
  const other = {
    getHeaderExtensionsToNegotiate: () => [],
    setHeaderExtensionsToNegotiate: () => assert.fail(),
  };
  assert.equal(askForCaptureTime(other), false);
});
