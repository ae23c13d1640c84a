import assert from "node:assert/strict";
import { type PeerInfo, RELAY_END_CAUSES, SIGNAL_ERROR_CODES } from "@/protocol";
import { CAMERA_WORDS, STILL_WORDS } from "../media/source_words.ts";
import type { ServerLinkState } from "../link/server_link_state.ts";
import { COMPUTER_CAMERA_ID } from "../sources/local_source.ts";
import { alsoShown } from "./view_model.ts";
import { type PhoneFacts, phoneWords, signalWords } from "./viewer_words.ts";

const ALONE: PhoneFacts = {
  isServerCamera: false,
  camera: null,
  takesH264: true,
  hasTurn: false,
  relayEnd: null,
  isRelayed: false,
  isRelayOffered: true,
  cameraState: null,
  isStill: false,
};

Deno.test("signalWords() says that video goes on while the server is away", () => {
  const away = { kind: "waiting", cause: "lost", sinceMs: 0, retryAtMs: 100 } as const;
  assert.match(
    signalWords(away, { phones: 1, relayed: 0, local: null, noPicture: null }).words,
    /Video and detection go on/,
  );
  assert.match(
    signalWords(away, { phones: 0, relayed: 0, local: "walk.webm", noPicture: null }).words,
    /Video and detection go on/,
  );
  assert.doesNotMatch(
    signalWords(away, { phones: 0, relayed: 0, local: null, noPicture: null }).words,
    /go on/,
  );
});

Deno.test("signalWords() has a sentence for every refusal, and marks what needs a person", () => {
  for (const code of SIGNAL_ERROR_CODES) {
    const { words, mood } = signalWords({ kind: "refused", code }, {
      phones: 0,
      relayed: 0,
      local: null,
      noPicture: null,
    });
    assert.match(words, /[a-z].*\.$/);
    assert.equal(mood, "bad");
  }
});

Deno.test("phoneWords() asks about the network when a phone stays out of reach", () => {
  const connecting = { kind: "connecting", sinceMs: 1000, tries: 0 } as const;

  assert.equal(phoneWords(connecting, 1500, ALONE).mood, "wait");
  assert.match(phoneWords(connecting, 20_000, ALONE).words, /same network/);
  assert.match(phoneWords({ ...connecting, tries: 1 }, 1500, ALONE).words, /same network/);
  assert.match(phoneWords(connecting, 20_000, ALONE).words, /--turn-url/);
  const overTurn = phoneWords(connecting, 20_000, { ...ALONE, hasTurn: true }).words;
  assert.match(overTurn, /not even over the TURN server/);
  assert.ok(!overTurn.includes("--turn-url"));
});

Deno.test("signalWords() says what is shown, phones first", () => {
  const self = { id: "a", role: "owner", instance: "b" };
  const joined = { kind: "joined", transport: "websocket", self } as unknown as ServerLinkState;
  const camera = alsoShown({ id: COMPUTER_CAMERA_ID, name: "This computer" }, []);
  assert.deepEqual(signalWords(joined, { phones: 0, relayed: 0, local: null, noPicture: null }), {
    words: "Waiting for a phone",
    mood: "wait",
  });
  assert.deepEqual(signalWords(joined, { phones: 0, relayed: 0, local: camera, noPicture: null }), {
    words: "Showing this computer's camera",
    mood: "good",
  });
  assert.equal(
    signalWords(joined, { phones: 0, relayed: 0, local: "walk.webm", noPicture: null }).words,
    "Showing walk.webm",
  );
  assert.equal(
    signalWords(joined, { phones: 1, relayed: 0, local: null, noPicture: null }).words,
    "1 phone connected",
  );
  assert.equal(
    signalWords(joined, { phones: 2, relayed: 0, local: camera, noPicture: null }).words,
    "2 phones connected; also this computer's camera",
  );
});

Deno.test("phoneWords() says why a phone is not shown through the server either", () => {
  const connecting = { kind: "connecting", sinceMs: 0, tries: 3 } as const;
  for (const relayEnd of RELAY_END_CAUSES) {
    const { words, mood } = phoneWords(connecting, 20_000, { ...ALONE, relayEnd });
    assert.match(words, /server/);
    assert.equal(mood, "bad");
  }
  const connected = { kind: "connected", sinceMs: 0 } as const;
  const { words } = phoneWords(connected, 20_000, { ...ALONE, relayEnd: "refused" });
  assert.equal(words, "Connected");
});

Deno.test("signalWords() says how many phones are connected through the server", () => {
  const joined = { kind: "joined", transport: "websocket", self: {} as PeerInfo } as const;
  const words = (phones: number, relayed: number) =>
    signalWords(joined, { phones, relayed, local: null, noPicture: null }).words;
  assert.equal(words(1, 1), "1 phone connected through the server");
  assert.equal(words(2, 2), "2 phones connected through the server");
  assert.equal(words(2, 1), "2 phones connected, 1 of them through the server");
});

Deno.test("phoneWords() is green only while a picture comes, and says why none does", () => {
  const connected = { kind: "connected", sinceMs: 0 } as const;
  for (const isRelayed of [false, true]) {
    const say = (facts: Partial<PhoneFacts>) =>
      phoneWords(connected, 0, { ...ALONE, isRelayed, ...facts });
    assert.equal(say({ cameraState: { status: "live" } }).mood, "good");
    for (const status of ["paused", "hidden", "suspended", "lost", "stopped"] as const) {
      // That it stands still as well says less.
      const { words, mood } = say({ cameraState: { status }, isStill: true });
      assert.deepEqual([words, mood], [CAMERA_WORDS[status], "wait"]);
    }
    const still = { words: STILL_WORDS, mood: "wait" };
    assert.deepEqual(say({ cameraState: { status: "live" }, isStill: true }), still);
    assert.deepEqual(say({ isStill: true }), still);
  }
});

Deno.test("signalWords() is not green while nothing that is connected gives a picture", () => {
  const joined = { kind: "joined", transport: "websocket", self: {} as PeerInfo } as const;
  assert.deepEqual(
    signalWords(joined, { phones: 1, relayed: 0, local: null, noPicture: STILL_WORDS }),
    { words: "1 phone connected. No picture is coming.", mood: "wait" },
  );
});

Deno.test("phoneWords() says which browser has no WebRTC, and whether the server can help", () => {
  const say = (where: "here" | "there", isRelayOffered: boolean) =>
    phoneWords({ kind: "impossible", where }, 20_000, { ...ALONE, isRelayOffered });
  assert.match(say("here", true).words, /^This browser has no WebRTC/);
  assert.match(say("there", true).words, /^The phone's browser has no WebRTC/);
  assert.equal(say("here", true).mood, "wait");
  assert.equal(say("here", false).mood, "bad");
  assert.match(say("here", false).words, /turned off/);
});

Deno.test("phoneWords() speaks of a camera of the server, and of UDP where it cannot be reached", () => {
  const camera: PhoneFacts = { ...ALONE, isServerCamera: true };
  const words = (kind: "connecting" | "recovering", nowMs: number, facts = camera) =>
    phoneWords({ kind, sinceMs: 0, tries: 0 }, nowMs, facts);
  assert.deepEqual(words("connecting", 0), {
    words: "Connecting to the server's camera …",
    mood: "wait",
  });
  assert.match(words("connecting", 9_000).words, /needs UDP .* TURN/);
  assert.match(words("connecting", 9_000, { ...camera, hasTurn: true }).words, /not even over/);
  assert.match(words("recovering", 0).words, /Lost the connection to the server's camera/);
  const faulty = { ...camera, camera: { status: "stalled", problem: "Nothing answers." } } as const;
  assert.deepEqual(words("connecting", 0, faulty), { words: "Nothing answers.", mood: "wait" });
  const noH264 = words("connecting", 0, { ...camera, takesH264: false });
  assert.match(noH264.words, /cannot decode H\.264/);
  const noWebRtc = phoneWords({ kind: "impossible", where: "here" }, 0, camera);
  assert.match(noWebRtc.words, /no WebRTC/);
  const all = [
    words("connecting", 0),
    words("connecting", 9_000),
    words("recovering", 0),
    noH264,
    noWebRtc,
  ];
  assert.ok(all.every((one) => !/phone/i.test(one.words)));
});

Deno.test("signalWords() names cameras of the server beside phones", () => {
  const joined = { kind: "joined" } as ServerLinkState;
  const words = (phones: number, local: string | null) =>
    signalWords(joined, { phones, relayed: 0, local, noPicture: null }).words;
  assert.equal(words(0, alsoShown(null, ["ball"])), "Showing ball");
  const both = alsoShown({ id: COMPUTER_CAMERA_ID, name: "" }, ["ball"]);
  assert.equal(words(1, both), "1 phone connected; also ball and this computer's camera");
});
