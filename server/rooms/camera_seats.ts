import type { ForwardedMessage, FromServerMessage, UseCameraMessage } from "@/protocol";
import type { Log } from "../base/log.ts";
import { logName } from "../base/secrets.ts";
import type { PageName } from "../link/page.ts";
import type { ConnectionId, LinkSession } from "../link/session.ts";
import type { CameraEvents, CameraHub } from "./hub_parts.ts";
import type { RoomRegistry } from "./room_registry.ts";
import type { Outgoing } from "./room_state.ts";

/** What the seats of cameras stand on: the hub's own parts. */
export interface CameraSeatsOptions {
  /** `null`: the server has none. */
  readonly cameras: CameraEvents | null;
  readonly registry: RoomRegistry;
  readonly log: Log;
  readonly now: () => number;
  /** Names one more connection, which is no link. */
  newConnection(): ConnectionId;
  deliver(send: readonly Outgoing[]): void;
  owners(): readonly { readonly session: LinkSession }[];
  sessionOf(page: PageName): LinkSession | undefined;
}

/**
 * Between rooms and the cameras of the server: a camera has the place of a phone, under a connection that
 * leads to no page.
 */
export class CameraSeats implements CameraHub {
  readonly #options: CameraSeatsOptions;

  constructor(options: CameraSeatsOptions) {
    this.#options = options;
  }

  /** An owner has a camera come into its room, or go. */
  use(session: LinkSession, { name, on }: UseCameraMessage): void {
    const { cameras, registry, log, now, newConnection, deliver } = this.#options;
    const membership = registry.membership(session.id);
    if (membership?.self.role !== "owner") return session.refuse("not-allowed");
    if (!on) return deliver(registry.removeCamera(session.id, name, now()));
    const camera = cameras?.listFor(session.visitor).find((one) => one.name === name);
    // One that is there and not for this owner is answered like one that is not there. An endpoint comes
    // into no room: pages play it themselves.
    if (cameras === null || camera === undefined || camera.kind === "whep") {
      return session.refuse("unknown-camera");
    }
    const connection = newConnection();
    const send = registry.addCamera(session.id, { name, connection }, now());
    if (this.isSeated(connection)) {
      const { roomId } = membership;
      log.info("camera on", { room: logName(roomId), camera: name });
      cameras.seat(connection, { roomId, camera: name });
    }
    deliver(send);
  }

  /** Tells an owner which it may use. */
  tell(session: LinkSession): void {
    const { cameras } = this.#options;
    if (cameras === null) return;
    session.say({ type: "cameras", cameras: [...cameras.listFor(session.visitor)] });
  }

  /** Something was said to a connection that is no link. */
  receive(connection: ConnectionId, message: FromServerMessage): void {
    this.#options.cameras?.receive(connection, message);
  }

  /** Applies every time limit. */
  sweep(): void {
    this.#options.cameras?.sweep();
  }

  say(connection: ConnectionId, message: ForwardedMessage): void {
    const { registry, now, deliver } = this.#options;
    deliver(registry.forward(connection, message, now()));
  }

  isSeated(connection: ConnectionId): boolean {
    return this.#options.registry.membership(connection) !== undefined;
  }

  linkOf(page: PageName): LinkSession | undefined {
    return this.#options.sessionOf(page);
  }

  changed(): void {
    for (const { session } of this.#options.owners()) this.tell(session);
  }
}
