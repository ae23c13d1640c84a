import assert from "node:assert/strict";
import { type PeerInfo, SIGNAL_ERROR_CODES } from "@/protocol";
import type { ConnectionState } from "../rtc/remote_peer.ts";
import { errorText } from "../rooms/error_text.ts";
import type { ServerLinkState, WaitCause } from "../link/server_link_state.ts";
import { farthestPrivacy, phoneConnection, SLOW_MS } from "./phone_connection.ts";
import { connectionText } from "./phone_words.ts";

const JOINED: ServerLinkState = { kind: "joined", transport: "stream", self: {} as PeerInfo };
const waiting = (cause: WaitCause): ServerLinkState => ({
  kind: "waiting",
  cause,
  sinceMs: 0,
  retryAtMs: 0,
});
const LIVE = { noPicture: null, error: errorText };
const CONNECTED: ConnectionState = { kind: "connected", sinceMs: 0 };
const kindOf = (signal: ServerLinkState, viewers: ConnectionState[], nowMs = 0) =>
  phoneConnection(signal, viewers, { nowMs }).kind;

Deno.test("phoneConnection() follows a phone from joining to live", () => {
  assert.equal(kindOf({ kind: "connecting", cause: null, sinceMs: 0 }, []), "joining");
  assert.equal(kindOf(JOINED, []), "no-viewer");
  assert.equal(kindOf(JOINED, [{ kind: "waiting" }]), "ready");
  const connecting: ConnectionState = { kind: "connecting", sinceMs: 0, tries: 0 };
  assert.equal(kindOf(JOINED, [connecting]), "connecting");
  assert.equal(kindOf(JOINED, [connecting], SLOW_MS + 1), "slow");
  assert.deepEqual(phoneConnection(JOINED, [CONNECTED, connecting], { nowMs: 0 }), {
    kind: "live",
    viewers: 1,
  });
  assert.deepEqual(phoneConnection(JOINED, [CONNECTED, connecting], { nowMs: 0, relayed: 1 }), {
    kind: "relayed",
    viewers: 2,
  });
});

Deno.test("phoneConnection() says live while video flows, whatever the server does", () => {
  for (const signal of [waiting("lost"), waiting("unknown-room")]) {
    assert.equal(kindOf(signal, [CONNECTED]), "live-without-server");
  }
});

Deno.test("phoneConnection() tells a lost server from a refusal, and who has to act", () => {
  assert.equal(kindOf(waiting("lost"), []), "server-away");
  assert.equal(kindOf(waiting("server-closing"), []), "server-away");
  assert.deepEqual(phoneConnection(waiting("unknown-room"), [], { nowMs: 0 }), {
    kind: "refused",
    code: "unknown-room",
    isFinal: false,
  });
  assert.deepEqual(phoneConnection({ kind: "refused", code: "bad-token" }, [], { nowMs: 0 }), {
    kind: "refused",
    code: "bad-token",
    isFinal: true,
  });
  assert.equal(kindOf(JOINED, [{ kind: "recovering", sinceMs: 0 }]), "recovering");
});

Deno.test("connectionText() has a sentence for every state", () => {
  const kinds = ["joining", "server-away", "ready", "no-viewer", "connecting", "slow"] as const;
  const more = ["live-without-server", "recovering"] as const;
  for (const kind of [...kinds, ...more]) {
    assert.match(connectionText({ kind }, LIVE), /^[A-Z].*[.…]$/);
  }
  const one = { kind: "live", viewers: 1 } as const;
  assert.notEqual(connectionText(one, LIVE), connectionText({ ...one, viewers: 2 }, LIVE));
  assert.notEqual(
    connectionText(one, LIVE),
    connectionText(one, { ...LIVE, noPicture: "The camera is paused." }),
  );
  const relayed = { kind: "relayed", viewers: 1 } as const;
  assert.match(connectionText(relayed, LIVE), /through the server/);
  assert.match(
    connectionText(relayed, { ...LIVE, noPicture: "The camera is paused." }),
    /through the server.*paused/,
  );
  for (const code of SIGNAL_ERROR_CODES) {
    const text = connectionText({ kind: "refused", code, isFinal: false }, LIVE);
    assert.equal(text, errorText(code));
  }
});

Deno.test("farthestPrivacy() takes the farthest that any viewer says", () => {
  const say = (frames: "local" | "server" | "off", eventsTo: string | null = null) =>
    ({ type: "privacy-state", frames, eventsTo }) as const;
  assert.equal(farthestPrivacy([]), null);
  assert.equal(farthestPrivacy([null]), null);
  assert.equal(farthestPrivacy([say("off"), say("local")])?.frames, "local");
  assert.deepEqual(farthestPrivacy([say("local"), null, say("server")]), {
    frames: "server",
    eventsTo: null,
  });
  assert.deepEqual(farthestPrivacy([say("off"), say("local", "hook:8080")]), {
    frames: "local",
    eventsTo: "hook:8080",
  });
});

Deno.test("phoneConnection() blames no network where a browser has no WebRTC", () => {
  for (const where of ["here", "there"] as const) {
    const impossible: ConnectionState = { kind: "impossible", where };
    const told = phoneConnection(JOINED, [impossible], { nowMs: SLOW_MS + 1 });
    assert.deepEqual(told, { kind: "no-webrtc", where });
    assert.doesNotMatch(connectionText(told, LIVE), /network/);
    assert.equal(kindOf(JOINED, [impossible, CONNECTED]), "live");
    assert.equal(phoneConnection(JOINED, [impossible], { nowMs: 0, relayed: 1 }).kind, "relayed");
  }
});
