import assert from "node:assert/strict";
import fc from "fast-check";
import type { CameraName, FromServerMessage, PeerInfo, Role, RoomId, Token } from "@/protocol";
import { step } from "./room.ts";
import { emptyRoom, type Outgoing, type RoomInput, type RoomState } from "./room_state.ts";

const secret = (char: string) => char.repeat(22);
const ROOM_ID = secret("r") as RoomId;
const TOKENS = {
  owner: secret("o") as Token,
  viewer: secret("v") as Token,
  phone: secret("p") as Token,
};
const LIMITS = { maxPhones: 2, maxViewers: 1 };

function newRoom(): RoomState {
  return emptyRoom(ROOM_ID, TOKENS, {
    limits: LIMITS,
    maker: { address: "a", isTrusted: false },
    nowMs: 0,
  });
}

function peer(role: Role, name: string, instance = "1"): PeerInfo {
  return { id: secret(name), role, instance: secret(instance) } as PeerInfo;
}

function join(
  connection: number,
  who: PeerInfo,
  token: string = TOKENS[who.role],
  address = `${connection}`,
): RoomInput {
  return {
    address,
    kind: "join",
    nowMs: 1,
    connection,
    peer: who,
    token: token as Token,
    iceServers: [{ urls: ["stun:s.example"] }],
  };
}

function offer(connection: number, to: PeerInfo): RoomInput {
  const message = { type: "offer", sdp: "v=0", to: to.id, toInstance: to.instance } as const;
  return { kind: "forward", nowMs: 1, connection, message };
}

/** Applies inputs one after the other; answers with the last one's messages. */
function after(...inputs: RoomInput[]): { state: RoomState; send: readonly Outgoing[] } {
  let last: ReturnType<typeof after> = { state: newRoom(), send: [] };
  for (const input of inputs) last = step(last.state, input);
  return last;
}

/** `connection: type or error code` of each message, for short assertions. */
function brief(send: readonly Outgoing[]): string[] {
  return send.map(({ to, message }) =>
    `${to}: ${message.type === "error" ? message.code : message.type}`
  );
}

const owner = peer("owner", "A");
const phone = peer("phone", "B");
const viewer = peer("viewer", "C");

Deno.test("room.step() tells a phone of owner and viewer, and them of it", () => {
  const { send } = after(join(1, owner), join(2, viewer), join(3, phone));
  assert.deepEqual(brief(send), ["3: joined", "1: peer-joined", "2: peer-joined"]);
  const { message } = send[0]!;
  assert.ok(message.type === "joined");
  assert.deepEqual(message.peers, [owner, viewer]);
  assert.deepEqual(message.iceServers, [{ urls: ["stun:s.example"] }]);
});

Deno.test("room.step() hides phones from each other, and tells owners alone of viewers", () => {
  const { send } = after(join(1, owner), join(2, viewer));
  assert.deepEqual(brief(send), ["2: joined", "1: viewers"]);
  assert.deepEqual(send[1]!.message, { type: "viewers", viewers: [viewer.id] });
  assert.deepEqual(brief(after(join(2, viewer), join(1, owner)).send), ["1: joined", "1: viewers"]);
  const gone: RoomInput = { kind: "gone", nowMs: 2, connection: 2, reason: "lost" };
  const after2 = after(join(1, owner), join(2, viewer), join(3, phone), gone);
  assert.deepEqual(brief(after2.send), ["3: peer-left", "1: viewers"]);
  const other = peer("phone", "D");
  assert.deepEqual(brief(after(join(1, phone), join(2, other)).send), ["2: joined"]);
});

Deno.test("room.step() refuses a token of another role", () => {
  for (const role of ["owner", "viewer", "phone"] as const) {
    for (const [other, token] of Object.entries(TOKENS)) {
      const { send } = after(join(1, peer(role, "A"), token));
      assert.deepEqual(brief(send), [role === other ? "1: joined" : "1: bad-token"]);
    }
  }
});

Deno.test("room.step() refuses a phone past maxPhones and a viewer past maxViewers", () => {
  const phones = after(join(1, phone), join(2, peer("phone", "D")), join(3, peer("phone", "E")));
  assert.deepEqual(brief(phones.send), ["3: room-full"]);
  const viewers = after(join(1, viewer), join(2, peer("viewer", "D")));
  assert.deepEqual(brief(viewers.send), ["2: room-full"]);
});

Deno.test("room.step() lets a reloaded phone back into a full room", () => {
  const reloaded = { ...phone, instance: secret("2") } as PeerInfo;
  const inputs = [join(1, owner), join(2, phone), join(3, peer("phone", "D"))];
  const { send } = after(...inputs, join(4, reloaded));
  assert.deepEqual(brief(send), ["2: replaced", "4: joined", "1: peer-joined"]);
  assert.deepEqual(send[2]!.message, { type: "peer-joined", peer: reloaded });
});

Deno.test("room.step() lets another owner take over, and phones see the old one leave", () => {
  const { send } = after(join(1, owner), join(2, phone), join(3, peer("owner", "D")));
  assert.deepEqual(brief(send), ["1: replaced", "2: peer-left", "3: joined", "2: peer-joined"]);
});

Deno.test("room.step() ignores the end of a connection that was replaced", () => {
  const { state, send } = after(join(1, owner), join(2, owner), {
    kind: "gone",
    nowMs: 9,
    connection: 1,
    reason: "lost",
  });
  assert.deepEqual(send, []);
  assert.equal(state.members.length, 1);
});

const sendAway = (connection: number, { id }: PeerInfo): RoomInput => ({
  kind: "send-away",
  nowMs: 3,
  connection,
  peer: id,
});

Deno.test("room.step() sends away whom the owner names, and lets them in no more", () => {
  const base = [join(1, owner), join(2, phone), join(3, viewer)];
  const away = after(...base, sendAway(1, phone));
  assert.deepEqual(brief(away.send), ["2: sent-away", "1: peer-left", "3: peer-left"]);
  assert.deepEqual(away.state.members.map(({ connection }) => connection), [1, 3]);
  const refused = (input: RoomInput) => brief(step(away.state, input).send);
  const fresh = peer("phone", "D");
  assert.deepEqual(refused(join(4, phone)), ["4: sent-away"], "the same peer");
  assert.deepEqual(refused(join(4, fresh, undefined, "2")), ["4: sent-away"], "the same address");
  assert.deepEqual(refused(join(4, fresh, "wrong".padEnd(22), "2")), ["4: bad-token"]);
  assert.ok(refused(join(4, fresh)).includes("4: joined"));
  // Whoever has the owner's token is not kept out of the own room.
  assert.ok(refused(join(4, owner, undefined, "2")).includes("4: joined"));

  const viewers = after(...base, sendAway(1, viewer));
  assert.deepEqual(brief(viewers.send), ["3: sent-away", "2: peer-left", "1: viewers"]);
  for (const [input, answer] of [[sendAway(2, viewer), 2], [sendAway(3, phone), 3]] as const) {
    assert.deepEqual(brief(after(...base, input).send), [`${answer}: not-allowed`]);
  }
  assert.deepEqual(brief(after(...base, sendAway(1, owner)).send), ["1: not-allowed"]);
});

Deno.test("room.step() sends away a peer that is not here now, and no address that others are at", () => {
  const shared = [
    join(1, owner),
    join(2, phone, undefined, "nat"),
    join(3, viewer, undefined, "nat"),
  ];
  const { state } = after(...shared, sendAway(1, phone));
  assert.deepEqual(state.away, { peers: [phone.id], addresses: [] });
  const fresh = join(4, peer("phone", "D"), undefined, "nat");
  assert.ok(brief(step(state, fresh).send).includes("4: joined"));
  const { state: later } = after(join(1, owner), sendAway(1, phone));
  assert.deepEqual(brief(step(later, join(2, phone)).send), ["2: sent-away"]);
  let many = later;
  for (let at = 0; at < 200; at++) {
    many = step(many, sendAway(1, { ...phone, id: `${at}` as PeerInfo["id"] })).state;
  }
  assert.equal(many.away.peers.length, 64);
});

Deno.test("room.step() stamps the sender on what it forwards", () => {
  const { send } = after(join(1, owner), join(2, phone), offer(1, phone));
  const from = { from: owner.id, fromInstance: owner.instance };
  assert.deepEqual(send, [{ to: 2, message: { type: "offer", sdp: "v=0", ...from } }]);
});

Deno.test("room.step() answers unknown-peer for the absent, the unseen and the reloaded", () => {
  const other = peer("phone", "D");
  const base = [join(1, owner), join(2, phone), join(3, other), join(4, viewer)];
  const reloaded = { ...phone, instance: secret("2") } as PeerInfo;
  const cases: [RoomInput, string][] = [
    [offer(1, peer("phone", "X")), "1: unknown-peer"],
    [offer(2, other), "2: unknown-peer"],
    [offer(4, owner), "4: unknown-peer"],
    [offer(1, owner), "1: unknown-peer"],
    [offer(1, reloaded), "1: unknown-peer"],
    [offer(9, phone), "9: unknown-peer"],
  ];
  for (const [input, expected] of cases) {
    assert.deepEqual(brief(after(...base, input).send), [expected]);
  }
});

Deno.test("room.step() notes when the last peer went, and forgets it when one comes", () => {
  const gone: RoomInput = { kind: "gone", nowMs: 7, connection: 1, reason: "left" };
  assert.equal(after(join(1, owner)).state.idleSinceMs, null);
  assert.equal(after(join(1, owner), gone).state.idleSinceMs, 7);
  assert.equal(after(join(1, owner), gone, join(2, phone)).state.idleSinceMs, null);
});

const role = fc.constantFrom<Role>("owner", "viewer", "phone");
const who = fc.record({
  role,
  name: fc.constantFrom("A", "B", "C", "D", "E"),
  instance: fc.constantFrom("1", "2"),
}).map(({ role, name, instance }) => peer(role, name, instance));
const connection = fc.integer({ min: 1, max: 8 });
const input: fc.Arbitrary<RoomInput> = fc.oneof(
  fc.tuple(connection, who, fc.constantFrom(...Object.values(TOKENS), secret("x")))
    .map(([id, info, token]) => join(id, info, token)),
  fc.tuple(connection, who).map(([id, info]) => join(id, info)),
  fc.tuple(connection, who).map(([id, info]) => offer(id, info)),
  fc.tuple(connection, who).map(([id, info]) => sendAway(id, info)),
  fc.tuple(connection, fc.constantFrom("left" as const, "lost" as const))
    .map(([id, reason]): RoomInput => ({ kind: "gone", nowMs: 1, connection: id, reason })),
);

/** Whether a message may go to `to`, judged from the members before and after alone. */
function isAllowed({ to, message }: Outgoing, cause: RoomInput, members: RoomState["members"]) {
  if (to === cause.connection) return true;
  const receivers = members.filter((member) => member.connection === to);
  const sidesWith = (role: Role) => role === "phone";
  const other = otherRole(message, members);
  if (message.type === "error") return ["replaced", "sent-away"].includes(message.code);
  if (message.type === "viewers") return receivers.some(({ role }) => role === "owner");
  return other.some((role) =>
    receivers.some((receiver) => sidesWith(role) !== sidesWith(receiver.role))
  );
}

function otherRole(message: FromServerMessage, members: RoomState["members"]): Role[] {
  if (message.type === "peer-joined") return [message.peer.role];
  const id = message.type === "peer-left" ? message.peerId : "from" in message ? message.from : "";
  return members.filter((member) => member.id === id).map((member) => member.role);
}

Deno.test("room.step() keeps its promises whatever is sent", () => {
  fc.assert(fc.property(fc.array(input, { maxLength: 60 }), (inputs) => {
    let state = newRoom();
    for (const each of inputs) {
      // A connection joins once; the registry sees to that.
      const isSecondJoin = each.kind === "join" &&
        state.members.some((member) => member.connection === each.connection);
      if (isSecondJoin) continue;
      const next = step(state, each);
      const count = (role: Role) => next.state.members.filter((m) => m.role === role).length;
      assert.ok(count("owner") <= 1);
      assert.ok(count("phone") <= LIMITS.maxPhones);
      assert.ok(count("viewer") <= LIMITS.maxViewers);
      const distinct = (key: "id" | "connection") =>
        new Set(next.state.members.map((member) => member[key])).size;
      assert.equal(distinct("id"), next.state.members.length);
      assert.equal(distinct("connection"), next.state.members.length);
      assert.equal(next.state.idleSinceMs === null, next.state.members.length > 0);

      const answered = next.send.some(({ to }) => to === each.connection);
      if (each.kind === "join") assert.ok(answered);
      if (each.kind === "forward") assert.equal(next.send.length, 1);
      if (each.kind === "gone") assert.ok(!answered);

      const members = [...state.members, ...next.state.members];
      for (const outgoing of next.send) {
        assert.ok(isAllowed(outgoing, each, members), JSON.stringify(outgoing));
      }
      const text = JSON.stringify(next.send);
      for (const token of Object.values(TOKENS)) assert.ok(!text.includes(token));
      state = next.state;
    }
  }));
});

Deno.test("room.step() tells the others of a browser without WebRTC", () => {
  const without = { ...phone, noWebRtc: true } as const;
  const { message } = after(join(1, owner), join(2, without)).send[1]!;
  assert.ok(message.type === "peer-joined");
  assert.deepEqual(message.peer, without);
});

/** The owner on connection 1 has a camera come, which gets this connection. */
function addCamera(connection: number, name: string, by = 1): RoomInput {
  const { id, instance } = peer("phone", name[0]!);
  return {
    kind: "add-camera",
    nowMs: 1,
    connection: by,
    camera: { id, instance, connection, name: name as CameraName },
    iceServers: [],
  };
}

function cameraPeer(name: string): PeerInfo {
  return { ...peer("phone", name[0]!), camera: name as CameraName };
}

Deno.test("room.step() lets a camera of the server in as a phone that says what it is", () => {
  const { send } = after(join(1, owner), join(2, viewer), addCamera(9, "ball"));
  assert.deepEqual(brief(send), ["9: joined", "1: peer-joined", "2: peer-joined"]);
  const [told] = send.slice(1);
  assert.deepEqual(told?.message, { type: "peer-joined", peer: cameraPeer("ball") });
  const late = after(join(1, owner), addCamera(9, "ball"), join(2, viewer));
  assert.deepEqual(brief(late.send), ["2: joined", "9: peer-joined", "1: viewers"]);
});

Deno.test("room.step() passes offers of a camera on, and answers to it", () => {
  const before = after(join(1, owner), addCamera(9, "ball"), join(3, phone)).state;
  assert.deepEqual(brief(step(before, offer(9, owner)).send), ["1: offer"]);
  assert.deepEqual(brief(step(before, offer(1, cameraPeer("ball"))).send), ["9: offer"]);
  // Phones do not see cameras.
  assert.deepEqual(brief(step(before, offer(3, cameraPeer("ball"))).send), ["3: unknown-peer"]);
});

Deno.test("room.step() refuses cameras to all but owners, and counts them apart from phones", () => {
  assert.deepEqual(brief(after(join(2, viewer), addCamera(9, "ball", 2)).send), ["2: not-allowed"]);
  assert.deepEqual(brief(after(join(3, phone), addCamera(9, "ball", 3)).send), ["3: not-allowed"]);
  const names = ["a", "b", "c", "d"];
  const full = names.map((name, index) => addCamera(10 + index, name));
  const { state } = after(join(1, owner), ...full, join(3, phone), join(4, peer("phone", "D")));
  assert.equal(state.members.length, 7);
  assert.deepEqual(brief(step(state, addCamera(20, "e")).send), ["1: too-many-cameras"]);
  // One that is there already is no other one.
  assert.deepEqual(step(state, addCamera(20, "a")), { state, send: [] });
});

Deno.test("room.step() has a camera go when its owner says so, and come again", () => {
  const { state } = after(join(1, owner), join(2, viewer), addCamera(9, "ball"));
  const remove: RoomInput = {
    kind: "remove-camera",
    nowMs: 2,
    connection: 1,
    name: "ball" as CameraName,
  };
  const sendAway: RoomInput = {
    kind: "send-away",
    nowMs: 2,
    connection: 1,
    peer: cameraPeer("ball").id,
  };
  for (const input of [remove, sendAway]) {
    const { state: gone, send } = step(state, input);
    assert.deepEqual(brief(send), ["9: ended", "1: peer-left", "2: peer-left"]);
    assert.deepEqual(brief(step(gone, addCamera(10, "ball")).send).slice(0, 1), ["10: joined"]);
  }
  assert.deepEqual(brief(step(state, { ...remove, connection: 2 }).send), ["2: not-allowed"]);
});

Deno.test("room.step() lets a room with nothing but cameras die", () => {
  const gone = (connection: number, nowMs: number): RoomInput => ({
    kind: "gone",
    nowMs,
    connection,
    reason: "left",
  });
  const { state } = after(join(1, owner), addCamera(9, "ball"), join(3, phone), gone(1, 5));
  assert.equal(state.idleSinceMs, null);
  const { state: idle } = step(state, gone(3, 7));
  assert.equal(idle.idleSinceMs, 7);
  assert.equal(step(idle, join(4, owner)).state.idleSinceMs, null);
});
