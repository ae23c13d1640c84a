import type { CameraName, FromServerMessage, PeerId, PeerInfo, RoomId } from "@/protocol";
import { hasPlaceFor, type Holder } from "../base/limits.ts";
import type { SupervisorState } from "../child/supervisor_state.ts";
import { LINGER_MS } from "../link/limits.ts";
import { refusal } from "../link/refusal.ts";
import type { ConnectionId } from "../link/session.ts";
import type { CameraHub } from "../rooms/hub_parts.ts";
import type { IceServers } from "../rooms/ice_servers.ts";
import type { CameraEndCause, CameraMessage, CameraSession, ToCameras } from "../cameras/ipc.ts";

/** Connections of all viewers to all cameras; see {@linkcode hasPlaceFor}. */
export const MAX_CAMERA_SESSIONS = 64;

/** A connection that is gone is made anew after this long, doubled up to the longest. */
const REOPEN_MS = { first: 500, longest: 10_000 };

/** One that stood for so long was no failure. */
const STEADY_MS = 5_000;

/** What the camera process is asked by. */
export interface CameraProcess {
  readonly state: SupervisorState;
  send(message: ToCameras): void;
}

/** One camera in one room. */
export interface Seat {
  readonly connection: ConnectionId;
  readonly roomId: RoomId;
  readonly camera: CameraName;
}

/** What the connections of viewers stand on. */
export interface CameraViewersOptions {
  readonly process: CameraProcess;
  readonly hub: () => CameraHub;
  readonly iceServers: Pick<IceServers, "forRoom">;
  /** Ms on a clock that does not go backwards. */
  readonly now: () => number;
}

/** One load of one viewer's page, as one camera has it. */
interface Watch {
  readonly seat: Seat;
  readonly peer: PeerInfo;
  /** `null`: none is open. `holder`: whose place it has. */
  session: { readonly name: CameraSession; readonly holder: Holder } | null;
  isAnswered: boolean;
  openedMs: number;
  /** When the next is opened, where none is. */
  dueMs: number;
  /** In a row. */
  failures: number;
  /** Since when the viewer's link is lost; `null`: it is there. */
  lostAtMs: number | null;
  /** It was told that there is no place. */
  isToldBusy: boolean;
}

/** What a viewer says to a camera. */
type ViewerSignal = Extract<FromServerMessage, { type: "offer" | "answer" | "ice-candidate" }>;

/** One connection for each viewer of each camera, for as long as the viewer is there. */
export class CameraViewers {
  readonly #options: CameraViewersOptions;
  readonly #watches = new Map<string, Watch>();
  readonly #sessions = new Map<CameraSession, Watch>();
  #lastSession = 0;
  #refused = 0;

  constructor(options: CameraViewersOptions) {
    this.#options = options;
  }

  /** Connections that are open now, and those that had no place since the start. */
  counts(): { readonly sessions: number; readonly sessionsRefused: number } {
    return { sessions: this.#sessions.size, sessionsRefused: this.#refused };
  }

  /** A viewer sees the camera from now on, or its link is back. */
  came(seat: Seat, peer: PeerInfo): void {
    // Without WebRTC there is no way to it.
    if (peer.noWebRtc) return;
    const known = this.#watches.get(keyOf(seat, peer.id));
    if (known?.peer.instance === peer.instance) {
      known.lostAtMs = null;
      // What was said meanwhile did not reach it.
      if (!known.isAnswered) this.#reopen(known);
      return;
    }
    if (known !== undefined) this.#forget(known);
    const watch: Watch = {
      ...{ seat, peer, session: null, isAnswered: false, openedMs: 0, dueMs: 0, failures: 0 },
      lostAtMs: null,
      isToldBusy: false,
    };
    this.#watches.set(keyOf(seat, peer.id), watch);
    this.#open(watch);
  }

  /** It went, or lost its link: then video goes on, for the link is likely to come back. */
  left(
    seat: Seat,
    { peerId, instance, reason }: Extract<FromServerMessage, { type: "peer-left" }>,
  ): void {
    const watch = this.#watches.get(keyOf(seat, peerId));
    if (watch?.peer.instance !== instance) return;
    if (reason === "lost") watch.lostAtMs = this.#options.now();
    else this.#forget(watch);
  }

  /** It says something of its connection. */
  heard(seat: Seat, message: ViewerSignal): void {
    const watch = this.#watches.get(keyOf(seat, message.from));
    const session = watch?.session?.name;
    if (session === undefined || watch?.peer.instance !== message.fromInstance) return;
    const { process, now } = this.#options;
    switch (message.type) {
      case "offer":
        // It has lost the connection; the camera's process knows no other way than to begin anew.
        if (now() - watch.openedMs >= REOPEN_MS.first) this.#reopen(watch);
        return;
      case "answer": {
        watch.isAnswered = true;
        watch.isToldBusy = false;
        const signal = { kind: "answer", sdp: message.sdp } as const;
        return process.send({ kind: "signal", session, signal });
      }
      case "ice-candidate": {
        const signal = { kind: "ice-candidate", candidate: message.candidate } as const;
        return process.send({ kind: "signal", session, signal });
      }
    }
  }

  /** The camera has gone from its room. */
  gone(seat: Seat): void {
    for (const watch of [...this.#watches.values()]) if (watch.seat === seat) this.#forget(watch);
  }

  /** Applies every time limit. */
  sweep(): void {
    const nowMs = this.#options.now();
    for (const watch of [...this.#watches.values()]) {
      if (watch.lostAtMs !== null && nowMs - watch.lostAtMs >= LINGER_MS) this.#forget(watch);
      else if (nowMs >= watch.dueMs) this.#open(watch);
    }
  }

  /** The process can be used, and knows of no connection. */
  processReady(): void {
    for (const watch of this.#watches.values()) this.#open(watch);
  }

  /** It has ended, and all connections with it. */
  processLost(): void {
    this.#sessions.clear();
    for (const watch of this.#watches.values()) {
      Object.assign(watch, { session: null, dueMs: 0, failures: 0 });
    }
  }

  /** The process says something of a connection to its viewer. */
  say(name: CameraSession, signal: Extract<CameraMessage, { kind: "signal" }>["signal"]): void {
    const watch = this.#sessions.get(name);
    // Closed while the process still worked for it.
    if (watch === undefined) return;
    const { seat: { connection }, peer: { id: to, instance: toInstance } } = watch;
    const content = signal.kind === "offer"
      ? { type: "offer", sdp: signal.sdp } as const
      : { type: "ice-candidate", candidate: signal.candidate } as const;
    this.#options.hub().say(connection, { ...content, to, toInstance });
  }

  /** A connection is no more, or was not made. */
  ended(name: CameraSession, cause: CameraEndCause): void {
    const watch = this.#sessions.get(name);
    if (watch === undefined) return;
    const nowMs = this.#options.now();
    this.#sessions.delete(name);
    watch.session = null;
    if (cause === "full") return this.#tellBusy(watch);
    if (nowMs - watch.openedMs >= STEADY_MS) watch.failures = 0;
    watch.dueMs = nowMs + Math.min(REOPEN_MS.first * 2 ** watch.failures, REOPEN_MS.longest);
    watch.failures = Math.min(watch.failures + 1, 10);
  }

  #open(watch: Watch): void {
    const { process, iceServers, hub, now } = this.#options;
    const { seat: { roomId, camera }, peer: { id: peerId, instance, role } } = watch;
    const link = hub().linkOf({ roomId, peerId, instance });
    // Without the viewer nobody would answer; when it is back, it is tried at once.
    if (watch.session !== null || link === undefined || process.state.kind !== "ready") return;
    const { address, isTrusted } = link.visitor;
    const holder = { roomId, address, isTrusted: role === "owner" && isTrusted };
    const held = [...this.#sessions.values()].map(({ session }) => session!.holder);
    if (!hasPlaceFor(holder, MAX_CAMERA_SESSIONS, held)) {
      return this.#tellBusy(watch);
    }
    const name = `c${++this.#lastSession}` as CameraSession;
    const openedMs = now();
    Object.assign(watch, {
      session: { name, holder },
      isAnswered: false,
      openedMs,
    });
    this.#sessions.set(name, watch);
    process.send({ kind: "open", session: name, camera, iceServers: iceServers.forRoom(roomId) });
  }

  /** There is no place for one more. */
  #tellBusy(watch: Watch): void {
    const { seat: { roomId }, peer: { id: peerId, instance } } = watch;
    const { hub, now } = this.#options;
    watch.dueMs = now() + REOPEN_MS.longest;
    this.#refused += 1;
    if (!watch.isToldBusy) hub().linkOf({ roomId, peerId, instance })?.say(refusal("cameras-busy"));
    watch.isToldBusy = true;
  }

  #reopen(watch: Watch): void {
    this.#close(watch);
    this.#open(watch);
  }

  #close(watch: Watch): void {
    if (watch.session === null) return;
    const { name: session } = watch.session;
    watch.session = null;
    this.#sessions.delete(session);
    this.#options.process.send({ kind: "close", session });
  }

  #forget(watch: Watch): void {
    this.#close(watch);
    this.#watches.delete(keyOf(watch.seat, watch.peer.id));
  }
}

function keyOf({ connection }: Seat, viewer: PeerId): string {
  return `${connection} ${viewer}`;
}
