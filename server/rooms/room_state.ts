import type {
  CameraName,
  ForwardedMessage,
  FromServerMessage,
  IceServer,
  PeerId,
  PeerInfo,
  Role,
  RoomId,
  Token,
} from "@/protocol";
import type { ConnectionId } from "../link/session.ts";
import type { Visitor } from "../base/visitor.ts";

/** One peer in its room, and the connection it is reached on. */
export interface Member extends PeerInfo {
  /** For limits, as a visitor's. */
  readonly address: string;
  readonly connection: ConnectionId;
}

/** Places of a room besides its owner. */
export interface RoomLimits {
  readonly maxPhones: number;
  readonly maxViewers: number;
}

/** Who was sent away, of each kind the newest last. */
export interface SentAway {
  readonly peers: readonly PeerId[];
  readonly addresses: readonly string[];
}

/** The secret of each role. */
export type RoomTokens = Readonly<Record<Role, Token>>;

/** All there is to know of one room. Never changed: {@linkcode step} returns the next one. */
export interface RoomState {
  readonly id: RoomId;
  readonly tokens: RoomTokens;
  readonly limits: RoomLimits;
  readonly members: readonly Member[];
  /** Who made it, and so has one of all rooms. */
  readonly maker: Pick<Visitor, "address" | "isTrusted">;
  readonly away: SentAway;
  /** Since when nobody is in it, on the clock of `nowMs`; `null` while somebody is. */
  readonly idleSinceMs: number | null;
}

/** What can happen to a room. `nowMs`: any clock that does not go backwards. */
export type RoomInput =
  & { readonly nowMs: number; readonly connection: ConnectionId }
  & (
    /** `iceServers`: what the newcomer is told if it is let in. */
    | {
      readonly kind: "join";
      readonly peer: PeerInfo;
      readonly token: Token;
      readonly address: string;
      readonly iceServers: readonly IceServer[];
    }
    /** The owner has a camera of the server come; `camera` is its place in the room. */
    | {
      readonly kind: "add-camera";
      readonly camera: Pick<Member, "id" | "instance" | "connection"> & {
        readonly name: CameraName;
      };
      readonly iceServers: readonly IceServer[];
    }
    /** The owner has it go. */
    | { readonly kind: "remove-camera"; readonly name: CameraName }
    | { readonly kind: "forward"; readonly message: ForwardedMessage }
    | { readonly kind: "send-away"; readonly peer: PeerId }
    /** `left`: on purpose. `lost`: the connection ended. */
    | { readonly kind: "gone"; readonly reason: "left" | "lost" }
  );

/** One message for one connection. The link is closed behind a fatal error. */
export interface Outgoing {
  readonly to: ConnectionId;
  readonly message: FromServerMessage;
}

/** The next state of a room and what it sends. */
export interface Step {
  readonly state: RoomState;
  readonly send: readonly Outgoing[];
}

/** A room with nobody in it. */
export function emptyRoom(
  id: RoomId,
  tokens: RoomTokens,
  { limits, maker, nowMs }: Pick<RoomState, "limits" | "maker"> & { readonly nowMs: number },
): RoomState {
  const away = { peers: [], addresses: [] };
  return { id, tokens, limits, maker, away, members: [], idleSinceMs: nowMs };
}
