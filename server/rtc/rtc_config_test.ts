import assert from "node:assert/strict";
import { MAX_MESSAGE_BYTES, refusalOf, rtcConfig } from "./rtc_config.ts";

const PLAIN = { rtcPorts: null, host: "0.0.0.0" };

Deno.test("rtcConfig() listens where the pages do, on the ports it is given", () => {
  assert.deepEqual(rtcConfig(PLAIN, []), {
    iceServers: [],
    maxMessageSize: MAX_MESSAGE_BYTES,
  });
  assert.equal(rtcConfig({ ...PLAIN, host: "127.0.0.1" }, []).bindAddress, "127.0.0.1");
  const range = rtcConfig({ ...PLAIN, rtcPorts: { begin: 5000, end: 5010 } }, []);
  assert.deepEqual(
    [range.portRangeBegin, range.portRangeEnd, range.enableIceUdpMux],
    [5000, 5010, false],
  );
  assert.equal(
    rtcConfig({ ...PLAIN, rtcPorts: { begin: 5000, end: 5000 } }, []).enableIceUdpMux,
    true,
  );
});

Deno.test("rtcConfig() translates ICE servers and leaves out what the library does not speak", () => {
  const turn = { username: "u", credential: "p" };
  const { iceServers } = rtcConfig(PLAIN, [
    { urls: ["stun:stun.example", "stun:[2001:db8::1]:5349"] },
    { urls: ["turn:turn.example:3479?transport=udp"], ...turn },
    { urls: ["turn:turn.example?transport=tcp", "turns:turn.example"], ...turn },
    { urls: ["turn:turn.example"] },
    { urls: ["nonsense"] },
  ]);
  assert.deepEqual(iceServers, [
    "stun:stun.example:3478",
    "stun:[2001:db8::1]:5349",
    { hostname: "turn.example", port: 3479, username: "u", password: "p", relayType: "TurnUdp" },
  ]);
});

Deno.test("refusalOf() tells a port that is not to be had from an offer that is none", () => {
  const said = "libdatachannel error while adding remote description:";
  assert.equal(refusalOf(new Error(`${said} Failed to gather local ICE candidates`)), "no-port");
  assert.equal(refusalOf(new Error(`${said} Failed to create the ICE agent`)), "no-port");
  assert.equal(refusalOf(new Error(`${said} Invalid SDP`)), "bad-offer");
  assert.equal(refusalOf(new TypeError("Cannot answer offer")), "bad-offer");
});
