import type { FromServerMessage, PeerId, PeerInfo } from "@/protocol";

/** What a page has to do with its links after a message of the server. */
export type LinkChange =
  /** A peer that was not there, or a reloaded page in its place: begin afresh. */
  | { readonly kind: "open"; readonly peer: PeerInfo }
  /** Reachable (again): its connection, if it has one, is kept. */
  | { readonly kind: "reachable"; readonly peerId: PeerId }
  /** Its socket is gone. Its media may well still flow. */
  | { readonly kind: "unreachable"; readonly peerId: PeerId }
  /** Gone for good. */
  | { readonly kind: "close"; readonly peerId: PeerId };

/** What follows from `message` for the peers to whom there are links now. Pure. */
export function linkChanges(
  linked: ReadonlyMap<PeerId, PeerInfo>,
  message: FromServerMessage,
): LinkChange[] {
  if (message.type === "joined") {
    const present = new Set(message.peers.map((peer) => peer.id));
    const absent = [...linked.keys()].filter((peerId) => !present.has(peerId));
    return [
      // After a restart of the server the others may only not be back yet.
      ...absent.map((peerId) => ({ kind: "unreachable", peerId }) as const),
      ...message.peers.flatMap((peer) => came(linked, peer)),
    ];
  }
  if (message.type === "peer-joined") return came(linked, message.peer);
  if (message.type !== "peer-left") return [];
  const { peerId, instance, reason } = message;
  // An older load of the page leaves after the newer one came: not ours any more.
  if (linked.get(peerId)?.instance !== instance) return [];
  return [{ kind: reason === "left" ? "close" : "unreachable", peerId }];
}

function came(linked: ReadonlyMap<PeerId, PeerInfo>, peer: PeerInfo): LinkChange[] {
  const known = linked.get(peer.id);
  if (known?.instance === peer.instance) return [{ kind: "reachable", peerId: peer.id }];
  const open = { kind: "open", peer } as const;
  return known === undefined ? [open] : [{ kind: "close", peerId: peer.id }, open];
}
