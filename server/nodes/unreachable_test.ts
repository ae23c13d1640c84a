import assert from "node:assert/strict";
import { MAX_EVENT_BYTES } from "@/protocol";
import { subject } from "../bus/subjects.ts";
import { joinOf, newRoom, PageClient } from "../link/testing/link_clients.ts";
import { FakeProcess } from "../streams/testing/fake_process.ts";
import { MemoryNet } from "./testing/memory_bus.ts";
import { codeOf, endOf, met } from "./testing/node_pages.ts";
import { type RigNode, startNode } from "./testing/node_rig.ts";

/** How programs are answered that ask about a room. */
async function answersOf(node: RigNode, { roomId, tokens }: ReturnType<typeof newRoom>) {
  const headers = { Authorization: `Bearer ${tokens.viewer}`, "X-Peerlens-Room": roomId };
  const answers = await Promise.all([
    fetch(`${node.origin}/api/rooms/${roomId}/detections`, { headers }),
    fetch(`${node.origin}/api/detect`, { method: "POST", headers, body: "x" }),
  ]);
  return await Promise.all(answers.map(async (answer) => {
    const { code } = await answer.json();
    return [answer.status, code, answer.headers.get("retry-after")];
  }));
}

const UNREACHABLE = [[503, "unavailable", "1"], [503, "out-of-reach", "1"]];

Deno.test("a program whose room may be on another node is told to come again, not that its token is bad", async () => {
  const net = new MemoryNet();
  const bus = net.connect();
  await using node = startNode(bus, { process: new FakeProcess() });
  const room = newRoom();
  const nowhere = await answersOf(node, room);
  assert.deepEqual(nowhere, [[401, "bad-token", null], [401, "bad-token", null]]);
  // As a home that hangs.
  const home = net.connect();
  const ends = ["line", "ask"].map((what) => home.listen(subject("room", "*", what), () => {}));
  assert.deepEqual(await answersOf(node, room), UNREACHABLE);
  for (const end of ends) end();
  bus.setAway(true);
  assert.deepEqual(await answersOf(node, room), UNREACHABLE);
  // What is here is answered all the same.
  await using _owner = await PageClient.join(node.origin, joinOf(room, "owner"));
  const wrong = { ...room, tokens: { ...room.tokens, viewer: room.tokens.phone } };
  assert.deepEqual(await answersOf(node, wrong), nowhere);
});

Deno.test("a body that is too large for a room of another node is refused as such", async () => {
  await using node = startNode(new MemoryNet().connect());
  const answer = await fetch(`${node.origin}/api/rooms/${newRoom().roomId}/events`, {
    method: "POST",
    headers: { Origin: node.origin },
    body: "x".repeat(MAX_EVENT_BYTES + 1),
  });
  assert.equal(answer.status, 413);
  assert.equal((await answer.json()).code, "too-large");
});

Deno.test("an address that is too long for another node is refused as such", async () => {
  await using node = startNode(new MemoryNet().connect());
  const { roomId } = newRoom();
  const answer = await fetch(`${node.origin}/api/rooms/${roomId}/events?x=${"x".repeat(512)}`);
  assert.equal(answer.status, 414);
  assert.equal((await answer.json()).code, "too-long");
});

Deno.test("a room whose home is full is not made a second time", async () => {
  const net = new MemoryNet();
  await using a = startNode(net.connect(), { maxLines: 0 });
  await using b = startNode(net.connect());
  await met(a, b);
  const room = newRoom();
  const owner = await PageClient.join(a.origin, joinOf(room, "owner"));
  assert.equal(await codeOf(b, joinOf(room, "owner")), "out-of-reach");
  assert.equal(await codeOf(b, joinOf(room, "phone")), "out-of-reach");
  assert.deepEqual([a.deps.hub.counts().rooms, b.deps.hub.counts().rooms], [1, 0]);
  await owner.say({ type: "leave" });
  await endOf(owner.control);
});
