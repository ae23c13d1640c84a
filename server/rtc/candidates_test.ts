import assert from "node:assert/strict";
import { advertised, isRelay, plainAnswer, plainOffer } from "./candidates.ts";

const HOST = "candidate:1 1 UDP 2114977791 172.17.0.2 5000 typ host";
const RELAY = "candidate:2 1 UDP 33562367 192.0.2.7 50000 typ relay raddr 0.0.0.0 rport 0";

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

Deno.test("isRelay() takes literal addresses of relays, none of this computer, and no names", () => {
  assert.ok(isRelay(RELAY));
  assert.ok(isRelay(`a=${RELAY.replace("192.0.2.7", "2001:db8::1")}`));
  assert.ok(!isRelay(HOST));
  assert.ok(!isRelay(RELAY.replace("typ relay", "typ srflx")));
  const others = [
    "internal.example",
    "0f5c1e3a-7d1c-4f0c-8c4b-2b1f6d1e2a3b.local",
    "127.0.0.1",
    "0.0.0.0",
    "169.254.169.254",
    "224.0.0.251",
    "255.255.255.255",
    "::1",
    "::",
    "::ffff:127.0.0.1",
    "fe80::1",
    "ff02::fb",
    "",
  ];
  for (const other of others) assert.ok(!isRelay(RELAY.replace("192.0.2.7", other)), other);
  assert.ok(!isRelay("nonsense"));
});

const OFFER = [
  "v=0",
  "o=- 1 2 IN IP4 127.0.0.1",
  "s=-",
  "t=0 0",
  "a=group:BUNDLE 0",
  "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
  "c=IN IP4 0.0.0.0",
  "a=ice-ufrag:abcd",
  "a=ice-pwd:0123456789012345678901",
  "a=fingerprint:sha-256 00:11",
  "a=setup:actpass",
  "a=mid:0",
  "a=sctp-port:5000",
  "a=max-message-size:262144",
  "",
];

Deno.test("plainOffer() leaves what makes a connection, and no candidate however it is written", () => {
  assert.equal(plainOffer(OFFER.join("\r\n")), OFFER.join("\r\n"));
  const hidden = [
    `a=${HOST}`,
    `a=\r${HOST}`,
    `\ra=${HOST}`,
    `a=x\ra=${HOST}`,
    `a=mid:0\r\ra=${HOST}`,
    `a=${HOST.replace("172.17.0.2", "evil.example")}`,
    "a=end-of-candidates",
    "a=remote-candidates:1 127.0.0.1 22",
    "a=ice-lite",
  ];
  for (const line of hidden) {
    const sdp = [...OFFER.slice(0, -1), line, ""].join("\r\n");
    assert.equal(plainOffer(sdp), OFFER.join("\r\n"), JSON.stringify(line));
  }
});

Deno.test("plainOffer() takes no video, and not many sections", () => {
  const media = OFFER[5]!;
  const video = OFFER.map((line) => line === media ? "m=video 9 UDP/TLS/RTP/SAVPF 96" : line);
  assert.throws(() => plainOffer(video.join("\r\n")), TypeError);
  assert.throws(() => plainOffer([...OFFER, media].join("\r\n")), TypeError);
  assert.throws(() => plainOffer("v=0"), TypeError);
});

Deno.test("plainAnswer() takes one video and DataChannels, and no candidate", () => {
  const video = [
    "m=video 9 UDP/TLS/RTP/SAVPF 96",
    "a=rtpmap:96 H264/90000",
    "a=rtcp-fb:96 nack",
    "a=recvonly",
  ];
  const answer = [...OFFER.slice(0, -1), ...video, ""];
  assert.equal(plainAnswer(answer.join("\r\n")), answer.join("\r\n"));
  const sdp = [...answer.slice(0, -1), `a=${HOST}`, "a=end-of-candidates", ""].join("\r\n");
  assert.equal(plainAnswer(sdp), answer.join("\r\n"));
  assert.throws(() => plainAnswer(OFFER.join("\r\n")), TypeError);
  assert.throws(() => plainAnswer([...answer, ...video, ""].join("\r\n")), TypeError);
  const audio = answer.map((line) => line.replace("m=video", "m=audio"));
  assert.throws(() => plainAnswer(audio.join("\r\n")), TypeError);
});
