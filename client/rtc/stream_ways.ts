import { encodeFrame, type OutgoingFrame } from "@/protocol";
import type { Log } from "../base/log.ts";
import type { Timers } from "../base/timers.ts";
import type { FrameTransport } from "../inference/inference_link.ts";
import type { FrameWay, FrameWayIo, FromStreamBody, ToStreamBody } from "./frame_way.ts";
import { stepWays, type WayInput, wayInUse, type WayKind, type WayPlan } from "./way_plan.ts";

/** How a way of each kind is opened. */
export type OpenWays = Readonly<
  Record<WayKind, (io: FrameWayIo) => FrameWay>
>;

/** What the ways of one stream are given, and whom they tell. */
export interface StreamWaysOptions {
  readonly open: OpenWays;
  /** Which of them there are. */
  readonly start: WayPlan;
  readonly timers: Timers;
  readonly log: Log;
  /** On the control link; says whether that was possible. */
  say(body: ToStreamBody): boolean;
  /** Frames go over this from now on; `null`: there is no way. */
  onChange(transport: FrameTransport | null): void;
  onText(text: string): void;
}

/** Keeps one stream connected: over the DataChannel, else over the bulk link, as the plan says. */
export class StreamWays {
  readonly #options: StreamWaysOptions;
  readonly #ways: Record<WayKind, FrameWay | null> = {
    datachannel: null,
    link: null,
  };
  #plan: WayPlan;
  #inUse: WayKind | null = null;
  #timer: number | undefined;
  #isOver = false;

  constructor(options: StreamWaysOptions) {
    this.#options = options;
    this.#plan = options.start;
    this.#input({ kind: "tick" });
  }

  /** The way that frames take now. */
  get current(): FrameWay | null {
    return this.#inUse === null ? null : this.#ways[this.#inUse];
  }

  /** Says whether all of the frame was handed over. */
  sendFrame(frame: OutgoingFrame): boolean {
    const { current } = this;
    if (current === null) return false;
    return encodeFrame(frame, current.maxMessageBytes).every((chunk) => current.send(chunk));
  }

  /** Takes what the server said on the control link. */
  receive(body: FromStreamBody): void {
    this.#ways.datachannel?.receive(body);
    this.#ways.link?.receive(body);
  }

  /** The present way is dead, whatever it says of itself. */
  giveUpCurrent(): void {
    const kind = this.#inUse;
    if (kind === null) return;
    this.#close(kind);
    this.#input({ kind: "closed", way: kind });
  }

  /** The end. */
  close(): void {
    this.#isOver = true;
    this.#options.timers.clearTimeout(this.#timer);
    this.#close("datachannel");
    this.#close("link");
  }

  #input(input: WayInput): void {
    if (this.#isOver) return;
    const { timers, log, onChange } = this.#options;
    const { plan, actions, wakeInMs } = stepWays(this.#plan, input, timers.nowMs());
    this.#plan = plan;
    timers.clearTimeout(this.#timer);
    if (wakeInMs !== null) {
      this.#timer = timers.setTimeout(() => this.#input({ kind: "tick" }), wakeInMs);
    }
    for (const { kind, way } of actions) {
      if (kind === "open") this.#open(way);
      else this.#close(way);
    }
    const inUse = wayInUse(plan);
    if (inUse === this.#inUse) return;
    this.#inUse = inUse;
    const transport = this.current?.transport ?? null;
    log(`frames to the server: ${transport ?? "no way"}`);
    onChange(transport);
  }

  #open(kind: WayKind): void {
    const { open, log, say, onText } = this.#options;
    const isCurrent = () => !this.#isOver && this.#ways[kind] === way;
    const way: FrameWay = open[kind]({
      log,
      say,
      onOpen: () => {
        if (isCurrent()) this.#input({ kind: "opened", way: kind });
      },
      onText: (text) => {
        if (isCurrent()) onText(text);
      },
      onClose: () => {
        if (!isCurrent()) return;
        this.#ways[kind] = null;
        this.#input({ kind: "closed", way: kind });
      },
    });
    this.#ways[kind] = way;
  }

  #close(kind: WayKind): void {
    const way = this.#ways[kind];
    this.#ways[kind] = null;
    way?.close();
  }
}
