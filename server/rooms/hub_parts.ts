import type {
  CameraName,
  ForwardedMessage,
  FromClientMessage,
  FromServerMessage,
  LinkRecord,
  Role,
  RoomId,
  ServerCamera,
  Token,
  ToRelayMessage,
  ToStreamMessage,
} from "@/protocol";
import type { PageName, RoomPage } from "../link/page.ts";
import type { ConnectionId, LinkSession, Transport } from "../link/session.ts";
import type { Visitor } from "../base/visitor.ts";

// What the hub passes on to parts that a server may do without.

/** Whom the hub tells about pages that may have their pictures passed on by this server. */
export interface RelayEvents {
  /** What it asks for; `false`: its role may not. */
  message(page: RoomPage, message: ToRelayMessage): boolean;
  /** Applies every time limit; called about once a second. */
  sweep(): void;
}

/** A room and the secret that lets a phone in. Goes into a redirect to one person, nowhere else. */
export interface JoinTarget {
  readonly roomId: RoomId;
  readonly joinToken: Token;
}

/** First message of a page's link. */
export type FirstMessage = Extract<FromClientMessage, { type: "join" | "open" }>;

/** Whom the hub asks for rooms that are not on this node. */
export interface OtherNodes {
  /**
   * A page's link is for a room, or another link of a page, that is not here: leads it to where that is.
   * @param here Called when it is nowhere else: the room is made here, or the link refused.
   */
  lead(session: LinkSession, first: FirstMessage, here: () => void): void;
  /** What came on a link; `true`: it leads to another node and is none of this one's. */
  message(session: LinkSession, message: FromClientMessage): boolean;
  /** See {@linkcode message}. */
  data(session: LinkSession, record: LinkRecord): boolean;
  /** See {@linkcode message}. */
  ended(session: LinkSession, reason: "left" | "lost"): boolean;
  /** A room is here from now on. */
  roomMade(roomId: RoomId): void;
  /** A room is not here any more. */
  roomGone(roomId: RoomId): void;
  /** Where a code leads that is none of this node's. @param code As it was typed. */
  findCode(code: string): Promise<JoinTarget | null>;
  /** See `RoomRegistry.roleOf`; of a room that is not here. `silent`: its home did not say in time. */
  roleOf(roomId: string, token: string, address: string): Promise<Role | null | "silent">;
}

/** What other nodes need of the hub. */
export interface NodeHub {
  /** Opens a link of a page, wherever that is connected. */
  open(transport: Transport, visitor: Visitor): LinkSession;
  /** The rooms here. */
  rooms(): Iterable<{ readonly roomId: RoomId; readonly hasOwner: boolean }>;
  /** Whether a room is here with its owner. */
  hasOwner(roomId: RoomId): boolean;
  /** The room has its home elsewhere from now on: its pages come again, and are led there. */
  endRoom(roomId: RoomId): void;
  /** Whether a ticket is of a page of a room here. */
  hasTicket(ticket: string): boolean;
  /** Where a code leads, of the rooms here. Whoever asks counts the guesses. */
  targetOf(code: string): JoinTarget | null;
  roleOf(roomId: string, token: string, address?: string): Role | null;
}

/** Whom the hub tells about streams of frames. Only owners and view-only viewers come here. */
export interface StreamEvents {
  /** A message about one of its streams. */
  message(viewer: RoomPage, message: ToStreamMessage): void;
  /** Somebody may not see a room any more. */
  sentAway(roomId: RoomId): void;
  /** A room died. */
  roomExpired(roomId: RoomId): void;
}

/** What decides which cameras of the server an owner may use. */
export type CameraUser = Pick<Visitor, "isTrusted">;

/** Whom the hub tells about cameras of the server, and hears of them. */
export interface CameraEvents {
  /** Those that an owner may use. */
  listFor(owner: CameraUser): readonly ServerCamera[];
  /** A camera takes its place in a room, under a connection of its own. */
  seat(
    connection: ConnectionId,
    seat: { readonly roomId: RoomId; readonly camera: CameraName },
  ): void;
  /** What its room says to it: what a phone would be told. */
  receive(connection: ConnectionId, message: FromServerMessage): void;
  /** Applies every time limit; called about once a second. */
  sweep(): void;
}

/** What cameras of the server need of the hub. */
export interface CameraHub {
  /** Says something to a viewer in a camera's name. */
  say(connection: ConnectionId, message: ForwardedMessage): void;
  /** Whether the camera is in its room still. */
  isSeated(connection: ConnectionId): boolean;
  /** The link of a page, while it is there. */
  linkOf(page: PageName): Pick<LinkSession, "visitor" | "say"> | undefined;
  /** The list is another one: owners are told. */
  changed(): void;
}
