import assert from "node:assert/strict";
import type { FromServerMessage, PeerId, PeerInfo } from "@/protocol";
import { peerChanges } from "./peer_changes.ts";

const peer = (id: string, instance = "1") => ({ id, instance, role: "phone" }) as PeerInfo;
const known = (...peers: PeerInfo[]) => new Map(peers.map((peer) => [peer.id, peer]));
const joined = (...peers: PeerInfo[]) =>
  ({ type: "joined", version: 1, self: peer("me"), peers }) as FromServerMessage;
const left = (peerId: string, instance: string, reason: string) =>
  ({ type: "peer-left", peerId, instance, reason }) as FromServerMessage;

Deno.test("peerChanges() opens every peer found on joining", () => {
  assert.deepEqual(peerChanges(known(), joined(peer("a"), peer("b"))), [
    { kind: "open", peer: peer("a") },
    { kind: "open", peer: peer("b") },
  ]);
});

Deno.test("peerChanges() keeps peers over a lost link of this page", () => {
  const changes = peerChanges(known(peer("a"), peer("b")), joined(peer("a")));
  assert.deepEqual(changes, [
    { kind: "unreachable", peerId: "b" },
    { kind: "reachable", peerId: "a" },
  ]);
});

Deno.test("peerChanges() keeps a page that comes back and replaces a reloaded one", () => {
  const came = (instance: string) =>
    peerChanges(known(peer("a")), { type: "peer-joined", peer: peer("a", instance) });
  assert.deepEqual(came("1"), [{ kind: "reachable", peerId: "a" }]);
  assert.deepEqual(came("2"), [
    { kind: "close", peerId: "a" },
    { kind: "open", peer: peer("a", "2") },
  ]);
});

Deno.test("peerChanges() closes on leaving, not on a lost link, and not for an older load", () => {
  const peers = known(peer("a", "2"));
  assert.deepEqual(peerChanges(peers, left("a", "2", "left")), [{
    kind: "close",
    peerId: "a" as PeerId,
  }]);
  assert.deepEqual(peerChanges(peers, left("a", "2", "lost")), [{
    kind: "unreachable",
    peerId: "a" as PeerId,
  }]);
  assert.deepEqual(peerChanges(peers, left("a", "1", "left")), []);
  assert.deepEqual(peerChanges(peers, left("b", "1", "left")), []);
});
