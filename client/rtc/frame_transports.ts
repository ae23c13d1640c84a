import type { Log } from "../base/log.ts";
import type { Timers } from "../base/timers.ts";
import type { FrameTransportKind, TakeChannels, TakeTopic } from "../inference/frame_stream.ts";
import { START_CHANNELS, stepChannels } from "./channel_plan.ts";
import type {
  FrameTransport,
  FrameTransportIo,
  FromStreamBody,
  ToStreamBody,
} from "./frame_transport.ts";

/** How the two transports of a stream are opened. */
export interface TransportOpeners {
  /** `null`: there is none, for the server has the frames itself, or this browser no WebRTC. */
  readonly datachannel: ((io: FrameTransportIo) => FrameTransport) | null;
  readonly link: (io: FrameTransportIo) => FrameTransport;
}

/** What the transports of one stream are given, and whom they tell. */
export interface FrameTransportsOptions {
  readonly open: TransportOpeners;
  readonly timers: Timers;
  readonly log: Log;
  /** On the control link; says whether that was possible. */
  say(body: ToStreamBody): boolean;
  /** Frames go over this from now on; `null`: nothing is open. */
  onChange(kind: FrameTransportKind | null): void;
  onText(text: string): void;
  readonly takeChannels: TakeChannels | undefined;
  readonly takeTopic: TakeTopic;
}

/** Keeps one stream connected: over the DataChannel, else over the bulk link, as the plan says. */
export class FrameTransports {
  readonly #options: FrameTransportsOptions;
  #plan = START_CHANNELS;
  #datachannel: FrameTransport | null = null;
  #link: FrameTransport | null = null;
  #told: FrameTransportKind | null = null;
  #timer: number | undefined;
  #isOver = false;

  constructor(options: FrameTransportsOptions) {
    this.#options = options;
    if (options.open.datachannel !== null) this.#input("tick");
    else this.#needLink(true);
  }

  /** What frames go over now; the DataChannel where there are both. */
  get current(): FrameTransport | null {
    if (this.#datachannel?.isOpen) return this.#datachannel;
    return this.#link?.isOpen ? this.#link : null;
  }

  /** Takes what the server said on the control link. */
  receive(body: FromStreamBody): void {
    this.#datachannel?.receive?.(body);
  }

  /** The present transport is dead, whatever it says of itself. */
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
    const { timers, open, log } = this.#options;
    const { plan, action, needsLink, wakeInMs } = stepChannels(this.#plan, input, timers.nowMs());
    this.#plan = plan;
    timers.clearTimeout(this.#timer);
    if (wakeInMs !== null) this.#timer = timers.setTimeout(() => this.#input("tick"), wakeInMs);
    if (action === "open") {
      try {
        this.#datachannel = open.datachannel!(this.#io("datachannel"));
      } catch (error) {
        // By an extension or a policy that lets no connection be made.
        log(`no DataChannel: ${error}`);
        return this.#input("closed");
      }
    }
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

  #io(kind: "datachannel" | "link"): FrameTransportIo {
    const { log, say, onText, takeChannels, takeTopic } = this.#options;
    const changed = (input: "opened" | "closed") =>
      kind === "datachannel" ? this.#input(input) : this.#tell();
    return {
      ...{ log, say, onText, takeChannels, takeTopic },
      onOpen: () => changed("opened"),
      onClose: () => changed("closed"),
    };
  }

  #tell(): void {
    const kind = this.current?.kind ?? null;
    if (this.#isOver || kind === this.#told) return;
    this.#told = kind;
    this.#options.log(`frames to the server: ${kind ?? "no transport"}`);
    this.#options.onChange(kind);
  }
}
