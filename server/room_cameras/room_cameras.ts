import {
  assertNever,
  type CameraName,
  type FromServerMessage,
  type PeerId,
  type RoomId,
  type ServerCamera,
} from "@/protocol";
import type { SupervisorEvents } from "../child/supervisor.ts";
import type { ConnectionId } from "../link/session.ts";
import type { CameraEvents, CameraUser } from "../rooms/hub_parts.ts";
import { CameraList } from "./camera_list.ts";
import type { CameraSpec } from "../base/camera_spec.ts";
import { CameraViewers, type CameraViewersOptions, type Seat } from "./camera_viewers.ts";
import type { CameraMessage, CameraTalk } from "../cameras/ipc.ts";

/** One frame that was asked for by a tap. */
export type TappedFrame = Extract<CameraMessage, { kind: "frame" }>;

/** What cameras in rooms stand on. */
export interface RoomCamerasOptions extends Omit<CameraViewersOptions, "now"> {
  readonly specs: readonly CameraSpec[];
  /** @param jpeg The receiver's to keep. */
  onFrame?(frame: TappedFrame, jpeg: Uint8Array<ArrayBuffer>): void;
  /** Whether this server finds what could be drawn into pictures. @default {false} */
  readonly canBurn?: boolean;
  /** Somebody watches a camera with boxes drawn in, or nobody any more. */
  onBurned?(camera: CameraName, on: boolean): void;
  /** The process can be used (again), and knows of no tap. */
  onReady?(): void;
  /** A camera came into a room. */
  onNeeded?(): void;
  /** Nothing in a room shows its frames any more. */
  onLeft?(roomId: RoomId, camera: CameraName): void;
  /** @default {performance.now} */
  readonly now?: () => number;
}

/**
 * The cameras of the server in their rooms: to a room each is what a phone is, to the camera process a
 * number of connections. Starts no timer; {@linkcode sweep} is to be called about once a second.
 */
export class RoomCameras implements CameraEvents, SupervisorEvents<CameraTalk> {
  readonly #options: RoomCamerasOptions;
  readonly #list: CameraList;
  readonly #viewers: CameraViewers;
  readonly #seats = new Map<ConnectionId, Seat>();
  /** Those that are watched with boxes drawn in. */
  readonly #burned = new Set<CameraName>();
  /** Who it is in its room, as the room told it. */
  readonly #peers = new Map<ConnectionId, PeerId>();

  constructor(options: RoomCamerasOptions) {
    this.#options = options;
    this.#list = new CameraList(options.specs, options.canBurn ?? false);
    const { state } = options.process;
    if (state.kind === "unable") this.#list.setAll("unavailable", state.message);
    this.#viewers = new CameraViewers({
      ...options,
      now: options.now ?? (() => performance.now()),
    });
  }

  /** What is held now, and what was refused since the start. */
  counts() {
    const { process: { state } } = this.#options;
    return {
      state: state.kind,
      cameras: this.#list.counts(),
      seats: this.#seats.size,
      ...this.#viewers.counts(),
    };
  }

  /** Whose frames a peer of a room shows: a camera's; `null`: it is none. */
  cameraOf(roomId: RoomId, peerId: PeerId): CameraName | null {
    const seat = [...this.#seats.values()].find((one) =>
      one.roomId === roomId && this.#peers.get(one.connection) === peerId
    );
    return seat === undefined ? null : this.#framesOf(seat.camera);
  }

  listFor(owner: CameraUser): readonly ServerCamera[] {
    return this.#list.listFor(owner);
  }

  seat(connection: ConnectionId, seat: Pick<Seat, "roomId" | "camera">): void {
    this.#seats.set(connection, { ...seat, connection });
    this.#options.onNeeded?.();
  }

  receive(connection: ConnectionId, message: FromServerMessage): void {
    const seat = this.#seats.get(connection);
    if (seat === undefined) return;
    switch (message.type) {
      case "joined":
        this.#peers.set(connection, message.self.id);
        for (const peer of message.peers) this.#viewers.came(seat, peer);
        return;
      case "peer-joined":
        return this.#viewers.came(seat, message.peer);
      case "peer-left":
        return this.#viewers.left(seat, message);
      case "offer":
      case "answer":
      case "ice-candidate":
        return this.#viewers.heard(seat, message);
      case "error":
        if (message.fatal) this.#unseat(seat);
        return;
      default:
        // The rest is for pages.
        return;
    }
  }

  sweep(): void {
    const hub = this.#options.hub();
    for (const seat of [...this.#seats.values()]) {
      // Its room died.
      if (!hub.isSeated(seat.connection)) this.#unseat(seat);
    }
    this.#viewers.sweep();
  }

  onReady(): void {
    this.#options.onReady?.();
    this.#viewers.processReady();
  }

  onLost(): void {
    for (const camera of this.#burned) this.#options.onBurned?.(camera, false);
    this.#burned.clear();
    this.#viewers.processLost();
    if (this.#options.process.state.kind !== "restarting") return;
    this.#setAll("stalled", "The process of the cameras is being restarted.");
  }

  onUnable(): void {
    const { state } = this.#options.process;
    this.#setAll("unavailable", state.kind === "unable" ? state.message : null);
  }

  onMessage(message: CameraMessage, binary: Uint8Array<ArrayBuffer>): void {
    switch (message.kind) {
      case "status":
        if (this.#list.set(message.camera, message.status, message.problem)) {
          this.#options.hub().changed();
        }
        return;
      case "signal":
        return this.#viewers.say(message.session, message.signal);
      case "ended":
        return this.#viewers.ended(message.session, message.cause);
      case "burned":
        if (message.on) this.#burned.add(message.camera);
        else this.#burned.delete(message.camera);
        return this.#options.onBurned?.(message.camera, message.on);
      case "frame":
        return this.#options.onFrame?.(message, binary);
      default:
        return assertNever(message);
    }
  }

  /** With boxes drawn in, frames are another camera's. */
  #framesOf(camera: CameraName): CameraName {
    const spec = this.#options.specs.find(({ name }) => name === camera);
    return spec?.kind === "boxes" ? spec.source as CameraName : camera;
  }

  #setAll(...how: Parameters<CameraList["setAll"]>): void {
    this.#list.setAll(...how);
    this.#options.hub().changed();
  }

  #unseat(seat: Seat): void {
    this.#viewers.gone(seat);
    this.#seats.delete(seat.connection);
    this.#peers.delete(seat.connection);
    const { roomId } = seat;
    const camera = this.#framesOf(seat.camera);
    const isElsewhere = [...this.#seats.values()].some((one) =>
      one.roomId === roomId && this.#framesOf(one.camera) === camera
    );
    if (!isElsewhere) this.#options.onLeft?.(roomId, camera);
  }
}
