import type {
  CameraName,
  ForwardedMessage,
  FromServerMessage,
  RoomId,
  ServerCamera,
  ToRelayMessage,
  ToStreamMessage,
} from "@/protocol";
import type { PageName, RoomPage } from "../link/page.ts";
import type { ConnectionId, LinkSession } from "../link/session.ts";
import type { Visitor } from "../base/visitor.ts";

// What the hub passes on to parts that a server may do without.

/** Whom the hub tells about pages that may have their pictures passed on by this server. */
export interface RelayEvents {
  /** What it asks for; `false`: its role may not. */
  message(page: RoomPage, message: ToRelayMessage): boolean;
  /** Applies every time limit; called about once a second. */
  sweep(): void;
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
