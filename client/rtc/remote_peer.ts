import { assertNever, hasTurn, type IceServer, type PeerInfo } from "@/protocol";
import type { Log } from "../base/log.ts";
import type { Timers } from "../base/timers.ts";
import { canChooseExtensions } from "./capture_extension.ts";
import { Negotiation, type NegotiationMessage } from "./negotiation.ts";
import { type RecoveryInput, type RecoveryState, recoveryStep } from "./recovery.ts";
import { sessionIdOf } from "./sdp.ts";

/** Sessions of the other side that are over; more than a few are never in flight. */
const MAX_RETIRED = 4;

/** How the connection to a peer stands, for the page. Times are ms of the page's `performance` clock. */
export type ConnectionState =
  /** Nothing to connect yet: the phone's camera is not on. */
  | { readonly kind: "waiting" }
  /** `tries`: fresh connections that did not come about before this one. */
  | { readonly kind: "connecting"; readonly sinceMs: number; readonly tries: number }
  | { readonly kind: "connected"; readonly sinceMs: number }
  /** One of the two browsers has no WebRTC: this one, or the other page's. */
  | { readonly kind: "impossible"; readonly where: "here" | "there" }
  /** Was connected and is being restored. */
  | { readonly kind: "recovering"; readonly sinceMs: number }
  | { readonly kind: "closed" };

/** What a peer is given by its room. */
export interface PeerIo {
  /** Those of now: credentials in them expire. */
  iceServers(): readonly IceServer[];
  readonly timers: Timers;
  readonly log: Log;
  /** `null`: this browser has no WebRTC. */
  readonly createConnection: ((configuration: RTCConfiguration) => RTCPeerConnection) | null;
  /** This browser has WebRTC by name, and it makes no connection or no offer. The peer is closed by then. */
  onNoWebRtc(): void;
  /** To this peer; dropped while it cannot be reached. */
  send(message: NegotiationMessage): void;
  /** Anything that the page shows may have changed. */
  onChange(): void;
}

/** Which part this page plays. The phone leads: it offers, and makes fresh connections. */
export interface PeerPart {
  readonly leads: boolean;
}

/** One load of one other page, and the connection to it, kept up over losses. */
export abstract class RemotePeer {
  readonly info: PeerInfo;
  readonly #leads: boolean;
  protected readonly io: PeerIo;
  #connection: RTCPeerConnection | null = null;
  #negotiation: Negotiation | null = null;
  #recovery: RecoveryState = { kind: "idle" };
  #isReachable = true;
  #isClosed = false;
  #timer: number | undefined;
  #remoteSession: string | null = null;
  #retired: string[] = [];

  constructor(info: PeerInfo, io: PeerIo, part: PeerPart) {
    this.info = info;
    this.io = io;
    this.#leads = part.leads;
  }

  /** How the connection stands. */
  get connectionState(): ConnectionState {
    const state = this.#recovery;
    if (this.#isClosed) return { kind: "closed" };
    const where = this.#withoutWebRtc;
    if (where !== null) return { kind: "impossible", where };
    switch (state.kind) {
      case "idle":
        return { kind: "waiting" };
      case "connected":
        return state;
      case "unsteady":
        return { kind: "recovering", sinceMs: state.sinceMs };
      case "restarting":
        return { kind: "recovering", sinceMs: state.lostAtMs };
      case "connecting":
        if (state.lostAtMs !== null) return { kind: "recovering", sinceMs: state.lostAtMs };
        return { kind: "connecting", sinceMs: state.sinceMs, tries: state.tries };
      default:
        return assertNever(state);
    }
  }

  /** Whether the server says that the other page is there. Media may flow although it is not. */
  get isReachable(): boolean {
    return this.#isReachable;
  }

  /** Whether a TURN server is there to lead around what is between the two pages. */
  get hasTurn(): boolean {
    return hasTurn(this.io.iceServers());
  }

  /** `RTCPeerConnection.getStats()`; an empty report before there is a connection. */
  stats(): Promise<RTCStatsReport> {
    return this.#connection?.getStats() ?? Promise.resolve(new Map() as unknown as RTCStatsReport);
  }

  /** Takes what the other page sent over signalling. */
  async receive(message: NegotiationMessage): Promise<void> {
    if (this.#isClosed || this.#withoutWebRtc !== null || !this.#accepts(message)) return;
    await this.#negotiation?.receive(message);
  }

  /** Whether offers would arrive now. */
  setReachable(isReachable: boolean): void {
    if (this.#isClosed) return;
    this.#isReachable = isReachable;
    if (isReachable) this.#negotiation?.resume();
    this.#input({ kind: isReachable ? "reachable" : "tick" });
    this.io.onChange();
  }

  /** This device may have another network path now. */
  networkChanged(): void {
    if (!this.#isClosed) this.#input({ kind: "network-change" });
  }

  /** Credentials were renewed: the next ICE restart goes by them, what is connected stays so. */
  iceServersChanged(): void {
    const connection = this.#connection;
    if (connection === null) return;
    try {
      connection.setConfiguration(this.#configuration());
    } catch (error) {
      // An older browser cannot: a connection that is made afresh has the new ones all the same.
      this.io.log(`ICE servers not renewed: ${error}`);
    }
  }

  /** The end of this peer; another load of its page is a new one. */
  close(): void {
    this.#isClosed = true;
    this.io.timers.clearTimeout(this.#timer);
    this.#tearDown();
  }

  /** Adds what this side sends, and listens for what the other does, on a fresh connection. */
  protected abstract prepare(connection: RTCPeerConnection): void;

  /** Whether there is a connection. */
  protected get isStarted(): boolean {
    return this.#connection !== null;
  }

  /** Makes the first connection. */
  protected start(): void {
    if (this.#isClosed || this.#withoutWebRtc !== null || this.#connection !== null) return;
    this.#build();
    this.#input({ kind: "opened" });
  }

  /** Whether `message` belongs to the present pair of connections; makes a fresh one for a fresh one. */
  #accepts(message: NegotiationMessage): boolean {
    if (message.type === "ice-candidate") return this.#connection !== null;
    const session = sessionIdOf(message.sdp);
    // Sent before the other side saw that this one has begun afresh.
    if (session === null || this.#retired.includes(session)) return false;
    const isOther = this.#remoteSession !== null && session !== this.#remoteSession;
    if (message.type === "answer") {
      if (isOther) this.#rebuild();
      else this.#remoteSession = session;
      return !isOther && this.#connection !== null;
    }
    // A phone whose camera is off has nothing to connect.
    if (this.#connection === null && this.#leads) return false;
    if (this.#connection === null) this.start();
    else if (isOther) this.#rebuild();
    this.#remoteSession = session;
    return true;
  }

  get #withoutWebRtc(): "here" | "there" | null {
    if (this.io.createConnection === null) return "here";
    return this.info.noWebRtc === true ? "there" : null;
  }

  #rebuild(): void {
    this.#build();
    this.#input({ kind: "opened" });
  }

  #build(): void {
    this.#tearDown();
    const { createConnection, log, send, onNoWebRtc } = this.io;
    let connection: RTCPeerConnection;
    try {
      connection = createConnection!(this.#configuration());
    } catch (error) {
      log(`no connection can be made: ${error}`);
      this.close();
      return onNoWebRtc();
    }
    this.#connection = connection;
    this.#negotiation = new Negotiation({
      connection,
      polite: !this.#leads,
      editsExtensions: !canChooseExtensions(),
      log,
      send,
    });
    connection.addEventListener("connectionstatechange", () => {
      if (this.#connection !== connection) return;
      log(
        `connection to ${this.info.role} ${
          this.info.id.slice(0, 4)
        }: ${connection.connectionState}`,
      );
      this.#input({ kind: "transport", state: connection.connectionState });
    });
    this.prepare(connection);
  }

  #configuration(): RTCConfiguration {
    return { iceServers: [...this.io.iceServers()], bundlePolicy: "max-bundle" };
  }

  #tearDown(): void {
    if (this.#remoteSession !== null) {
      this.#retired = [...this.#retired, this.#remoteSession].slice(-MAX_RETIRED);
    }
    this.#remoteSession = null;
    this.#negotiation?.close();
    this.#connection?.close();
    this.#connection = null;
    this.#negotiation = null;
  }

  #input(input: RecoveryInput): void {
    if (this.#isClosed) return;
    const { timers, log, onNoWebRtc } = this.io;
    const context = { nowMs: timers.nowMs(), reachable: this.#isReachable, leads: this.#leads };
    const before = this.connectionState.kind;
    const { state, action, wakeInMs } = recoveryStep(this.#recovery, input, context);
    this.#recovery = state;
    timers.clearTimeout(this.#timer);
    if (wakeInMs !== null) {
      this.#timer = timers.setTimeout(() => this.#input({ kind: "tick" }), wakeInMs);
    }
    if (action !== "none") log(`connection to ${this.info.role}: ${action}`);
    if (action === "restart-ice") this.#restartIce();
    if (action === "rebuild") {
      // Not for want of a path: it never came to an offer.
      if (this.#connection?.localDescription === null) {
        this.close();
        return onNoWebRtc();
      }
      this.#build();
    }
    if (this.connectionState.kind !== before || action === "rebuild") this.io.onChange();
  }

  #restartIce(): void {
    this.#connection?.restartIce();
    // An earlier offer without an answer would hold the new one back for ever.
    this.#negotiation?.resume();
  }
}
