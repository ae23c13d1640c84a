import { encodeFrame, type OutgoingFrame } from "@/protocol";
import type { Log } from "../base/log.ts";
import type { Timers } from "../base/timers.ts";
import type { FrameTransport } from "../inference/frame_stream.ts";
import { START_CHANNELS, stepChannels } from "./channel_plan.ts";
import type { FrameWay, FrameWayIo, FromStreamBody, ToStreamBody } from "./frame_way.ts";

/** How the two ways of a stream are opened. */
export interface OpenWays {
  /** `null`: there is none, for the server has the frames itself. */
  readonly datachannel: ((io: FrameWayIo) => FrameWay) | null;
  readonly link: (io: FrameWayIo) => FrameWay;
}

/** What the ways of one stream are given, and whom they tell. */
export interface StreamWaysOptions {
  readonly open: OpenWays;
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
  #plan = START_CHANNELS;
  #datachannel: FrameWay | null = null;
  #link: FrameWay | null = null;
  #told: FrameTransport | null = null;
  #timer: number | undefined;
  #isOver = false;

  constructor(options: StreamWaysOptions) {
    this.#options = options;
    if (options.open.datachannel !== null) this.#input("tick");
    else this.#needLink(true);
  }

  /** The way that frames take now; the DataChannel where there are both. */
  get current(): FrameWay | null {
    if (this.#datachannel?.isOpen) return this.#datachannel;
    return this.#link?.isOpen ? this.#link : null;
  }

  /** Says whether all of the frame was handed over. */
  sendFrame(frame: OutgoingFrame): boolean {
    const { current } = this;
    if (current === null) return false;
    return encodeFrame(frame, current.maxMessageBytes).every((chunk) => current.send(chunk));
  }

  /** Takes what the server said on the control link. */
  receive(body: FromStreamBody): void {
    this.#datachannel?.receive?.(body);
  }

  /** The present way is dead, whatever it says of itself. */
  giveUpCurrent(): void {
    const { current } = this;
    current?.giveUp();
  }

  /** The end. */
  close(): void {
    this.#isOver = true;
    this.#options.timers.clearTimeout(this.#timer);
    this.#datachannel?.close();
    this.#link?.close();
  }

  #input(input: "opened" | "closed" | "tick"): void {
    if (this.#isOver) return;
    const { timers, open } = this.#options;
    const { plan, action, needsLink, wakeInMs } = stepChannels(this.#plan, input, timers.nowMs());
    this.#plan = plan;
    timers.clearTimeout(this.#timer);
    if (wakeInMs !== null) this.#timer = timers.setTimeout(() => this.#input("tick"), wakeInMs);
    if (action === "open") this.#datachannel = open.datachannel!(this.#io("datachannel"));
    if (plan.kind === "off") {
      this.#datachannel?.close();
      this.#datachannel = null;
    }
    this.#needLink(needsLink);
  }

  #needLink(isNeeded: boolean): void {
    if (isNeeded) this.#link ??= this.#options.open.link(this.#io("link"));
    else {
      this.#link?.close();
      this.#link = null;
    }
    this.#tell();
  }

  #io(kind: "datachannel" | "link"): FrameWayIo {
    const { log, say, onText } = this.#options;
    const changed = (input: "opened" | "closed") =>
      kind === "datachannel" ? this.#input(input) : this.#tell();
    return { log, say, onText, onOpen: () => changed("opened"), onClose: () => changed("closed") };
  }

  #tell(): void {
    const transport = this.current?.transport ?? null;
    if (this.#isOver || transport === this.#told) return;
    this.#told = transport;
    this.#options.log(`frames to the server: ${transport ?? "no way"}`);
    this.#options.onChange(transport);
  }
}
