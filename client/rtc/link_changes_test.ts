import assert from "node:assert/strict";
import type { FromServerMessage, PeerId, PeerInfo } from "@/protocol";
import { linkChanges } from "./link_changes.ts";

const peer = (id: string, instance = "1") => ({ id, instance, role: "phone" }) as PeerInfo;
const linked = (...peers: PeerInfo[]) => new Map(peers.map((peer) => [peer.id, peer]));
const joined = (...peers: PeerInfo[]) =>
  ({ type: "joined", version: 1, self: peer("me"), peers }) as FromServerMessage;
const left = (peerId: string, instance: string, reason: string) =>
  ({ type: "peer-left", peerId, instance, reason }) as FromServerMessage;

Deno.test("linkChanges() opens a link to every peer found on joining", () => {
  assert.deepEqual(linkChanges(linked(), joined(peer("a"), peer("b"))), [
    { kind: "open", peer: peer("a") },
    { kind: "open", peer: peer("b") },
  ]);
});

Deno.test("linkChanges() keeps links over a lost socket of this page", () => {
  const changes = linkChanges(linked(peer("a"), peer("b")), joined(peer("a")));
  assert.deepEqual(changes, [
    { kind: "unreachable", peerId: "b" },
    { kind: "reachable", peerId: "a" },
  ]);
});

Deno.test("linkChanges() keeps the link to a page that comes back and replaces that to a reloaded one", () => {
  const came = (instance: string) =>
    linkChanges(linked(peer("a")), { type: "peer-joined", peer: peer("a", instance) });
  assert.deepEqual(came("1"), [{ kind: "reachable", peerId: "a" }]);
  assert.deepEqual(came("2"), [
    { kind: "close", peerId: "a" },
    { kind: "open", peer: peer("a", "2") },
  ]);
});

Deno.test("linkChanges() closes on leaving, not on a lost socket, and not for an older load", () => {
  const links = linked(peer("a", "2"));
  assert.deepEqual(linkChanges(links, left("a", "2", "left")), [{
    kind: "close",
    peerId: "a" as PeerId,
  }]);
  assert.deepEqual(linkChanges(links, left("a", "2", "lost")), [{
    kind: "unreachable",
    peerId: "a" as PeerId,
  }]);
  assert.deepEqual(linkChanges(links, left("a", "1", "left")), []);
  assert.deepEqual(linkChanges(links, left("b", "1", "left")), []);
});
