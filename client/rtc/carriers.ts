import { encodeFrame, type OutgoingFrame } from "@/protocol";
import type { Log } from "../base/log.ts";
import type { Timers } from "../base/timers.ts";
import type { FrameCarrierKind } from "../inference/inference_link.ts";
import {
  type CarrierInput,
  carrierInUse,
  type CarrierPlan,
  START_CARRIERS,
  stepCarriers,
} from "./carrier_plan.ts";
import type {
  FrameCarrier,
  FrameCarrierIo,
  FromStreamBody,
  ToStreamBody,
} from "./frame_carrier.ts";

/** How a carrier of each kind is opened. */
export type OpenCarriers = Readonly<
  Record<FrameCarrierKind, (io: FrameCarrierIo) => FrameCarrier>
>;

/** What the carriers of one stream are given, and whom they tell. */
export interface CarriersOptions {
  readonly open: OpenCarriers;
  readonly timers: Timers;
  readonly log: Log;
  /** Over signalling; says whether that was possible. */
  say(body: ToStreamBody): boolean;
  /** Frames take this way from now on; `null`: none. */
  onChange(kind: FrameCarrierKind | null): void;
  onText(text: string): void;
}

/** Keeps one stream connected: over the DataChannel, else over the WebSocket, as the plan says. */
export class Carriers {
  readonly #options: CarriersOptions;
  readonly #carriers: Record<FrameCarrierKind, FrameCarrier | null> = {
    datachannel: null,
    websocket: null,
  };
  #plan: CarrierPlan = START_CARRIERS;
  #inUse: FrameCarrierKind | null = null;
  #timer: number | undefined;
  #isOver = false;

  constructor(options: CarriersOptions) {
    this.#options = options;
    this.#input({ kind: "tick" });
  }

  /** The carrier that frames take now. */
  get current(): FrameCarrier | null {
    return this.#inUse === null ? null : this.#carriers[this.#inUse];
  }

  /** Says whether all of the frame was handed over. */
  sendFrame(frame: OutgoingFrame): boolean {
    const { current } = this;
    if (current === null) return false;
    return encodeFrame(frame, current.maxMessageBytes).every((chunk) => current.send(chunk));
  }

  /** Takes what the server said over signalling. */
  receive(body: FromStreamBody): void {
    this.#carriers.datachannel?.receive(body);
    this.#carriers.websocket?.receive(body);
  }

  /** The present carrier is dead, whatever it says of itself. */
  giveUpCurrent(): void {
    const kind = this.#inUse;
    if (kind === null) return;
    this.#close(kind);
    this.#input({ kind: "closed", carrier: kind });
  }

  /** The end. */
  close(): void {
    this.#isOver = true;
    this.#options.timers.clearTimeout(this.#timer);
    this.#close("datachannel");
    this.#close("websocket");
  }

  #input(input: CarrierInput): void {
    if (this.#isOver) return;
    const { timers, log, onChange } = this.#options;
    const { plan, actions, wakeInMs } = stepCarriers(this.#plan, input, timers.nowMs());
    this.#plan = plan;
    timers.clearTimeout(this.#timer);
    if (wakeInMs !== null) {
      this.#timer = timers.setTimeout(() => this.#input({ kind: "tick" }), wakeInMs);
    }
    for (const { kind, carrier } of actions) {
      if (kind === "open") this.#open(carrier);
      else this.#close(carrier);
    }
    const inUse = carrierInUse(plan);
    if (inUse === this.#inUse) return;
    this.#inUse = inUse;
    log(`frames to the server: ${inUse ?? "no way"}`);
    onChange(inUse);
  }

  #open(kind: FrameCarrierKind): void {
    const { open, log, say, onText } = this.#options;
    const isCurrent = () => !this.#isOver && this.#carriers[kind] === carrier;
    const carrier: FrameCarrier = open[kind]({
      log,
      say,
      onOpen: () => {
        if (isCurrent()) this.#input({ kind: "opened", carrier: kind });
      },
      onText: (text) => {
        if (isCurrent()) onText(text);
      },
      onClose: () => {
        if (!isCurrent()) return;
        this.#carriers[kind] = null;
        this.#input({ kind: "closed", carrier: kind });
      },
    });
    this.#carriers[kind] = carrier;
  }

  #close(kind: FrameCarrierKind): void {
    const carrier = this.#carriers[kind];
    this.#carriers[kind] = null;
    carrier?.close();
  }
}
