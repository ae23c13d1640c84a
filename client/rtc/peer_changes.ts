import type { FromServerMessage, PeerId, PeerInfo } from "@/protocol";

/** What a page has to do about its peers after a message of the server. */
export type PeerChange =
  /** A peer that was not there, or a reloaded page in its place: begin afresh. */
  | { readonly kind: "open"; readonly peer: PeerInfo }
  /** Reachable (again): its connection, if it has one, is kept. */
  | { readonly kind: "reachable"; readonly peerId: PeerId }
  /** Its control link is gone. Its media may well still flow. */
  | { readonly kind: "unreachable"; readonly peerId: PeerId }
  /** Gone for good. */
  | { readonly kind: "close"; readonly peerId: PeerId };

/** What follows from `message` for the peers that it has now. Pure. */
export function peerChanges(
  known: ReadonlyMap<PeerId, PeerInfo>,
  message: FromServerMessage,
): PeerChange[] {
  if (message.type === "joined") {
    const present = new Set(message.peers.map((peer) => peer.id));
    const absent = [...known.keys()].filter((peerId) => !present.has(peerId));
    return [
      // After a restart of the server the others may only not be back yet.
      ...absent.map((peerId) => ({ kind: "unreachable", peerId }) as const),
      ...message.peers.flatMap((peer) => came(known, peer)),
    ];
  }
  if (message.type === "peer-joined") return came(known, message.peer);
  if (message.type !== "peer-left") return [];
  const { peerId, instance, reason } = message;
  // An older load of the page leaves after the newer one came: not ours any more.
  if (known.get(peerId)?.instance !== instance) return [];
  return [{ kind: reason === "left" ? "close" : "unreachable", peerId }];
}

function came(known: ReadonlyMap<PeerId, PeerInfo>, peer: PeerInfo): PeerChange[] {
  const before = known.get(peer.id);
  if (before?.instance === peer.instance) return [{ kind: "reachable", peerId: peer.id }];
  const open = { kind: "open", peer } as const;
  return before === undefined ? [open] : [{ kind: "close", peerId: peer.id }, open];
}
