import type { Viewer } from "../signaling/stream_events.ts";
import { logName } from "../signaling/tokens.ts";

/** A page's name among all rooms; another load of it has another one. */
export function keyOf({ roomId, peerId, instance }: Viewer): string {
  return `${roomId}/${peerId}/${instance}`;
}

/** For the log: names that lead to no room. */
export function namesOf({ roomId, peerId }: Viewer): { room: string; peer: string } {
  return { room: logName(roomId), peer: logName(peerId) };
}
