import {
  assertNever,
  type FromRelayMessage,
  type FromRelayTopic,
  type PeerId,
  type RelayEndCause,
  type RelayRefusal,
  type ToRelayMessage,
} from "@/protocol";
import type { Log } from "../base/log.ts";
import type { Timers } from "../base/timers.ts";
import type { OpenTopic } from "../link/topic.ts";
import type { ServerLinkState } from "../link/server_link_state.ts";
import type { ViewerPeer } from "../rtc/viewer_peer.ts";
import { FrameSender, type FrameSenderOptions, type SenderSource } from "./frame_sender.ts";
import { RelayTopic } from "./relay_topic.ts";
import type { RelayedChannel } from "./relayed_channel.ts";

/** Whether this phone's pictures go through the server. */
export type PhoneRelayState =
  /** Nobody asked for it. */
  | { readonly kind: "off" }
  /** Wanted; the bulk link is not open yet, or lost and being opened again. */
  | { readonly kind: "opening" }
  /** They go, to so many viewers. */
  | { readonly kind: "open"; readonly viewers: number }
  /** The person here does not want it; asked for since then or not. */
  | { readonly kind: "refused" }
  /** This device cannot make them. A sentence. */
  | { readonly kind: "failed"; readonly message: string };

/** What a phone's relay is given, and whom it tells. */
export interface PhoneRelayOptions extends Pick<FrameSenderOptions, "startWorker"> {
  readonly timers: Timers;
  readonly log: Log;
  readonly openTopic: OpenTopic;
  /** The viewers of now. */
  viewers(): readonly Viewer[];
  /** On the control link; `false`: not in the room now. */
  say(body: ToRelayMessage["body"]): boolean;
  onState(state: PhoneRelayState): void;
}

type Viewer = Pick<ViewerPeer, "info" | "setRelay">;

interface ViewerChannels {
  readonly control: RelayedChannel;
  readonly timing: RelayedChannel;
  /** Who listens to them; another load of the viewer's page gets others. */
  readonly viewer: Viewer;
}

/** A server that knows of the relay says within this time who gets the pictures. */
const ANSWER_MS = 5_000;

/** Sends this phone's pictures through the server, to viewers that have no path to it and ask. */
export class PhoneRelay {
  readonly #options: PhoneRelayOptions;
  readonly #topic: RelayTopic;
  readonly #sender: FrameSender;
  readonly #channels = new Map<PeerId, ViewerChannels>();
  #viewers: readonly PeerId[] = [];
  #state: PhoneRelayState = { kind: "off" };
  #timer: number | undefined;

  constructor(options: PhoneRelayOptions) {
    this.#options = options;
    const { timers, openTopic, startWorker } = options;
    this.#topic = new RelayTopic({
      openTopic,
      onReady: (isReady) => isReady ? this.#awaitAnswer() : this.#onLost(),
      onText: (message) => this.#receive(message),
    });
    this.#sender = new FrameSender({
      timers,
      topic: this.#topic,
      startWorker,
      onFailed: (message) => this.fail(message),
    });
  }

  /** How it stands. */
  get state(): PhoneRelayState {
    return this.#state;
  }

  /** The camera's frames; `null`: none are to be sent now. */
  setSource(source: SenderSource | null): void {
    this.#sender.setSource(source);
  }

  /** No pictures can be made here. @param message A sentence for the screen. */
  fail(message: string): void {
    this.#stop({ kind: "failed", message });
  }

  /** The person here does not want it, or does again. */
  setRefused(isRefused: boolean): void {
    if (isRefused) this.#stop({ kind: "refused" });
    // Viewers ask again by themselves.
    else if (this.#state.kind === "refused") this.#become({ kind: "off" });
  }

  /** The connection to the server changed. */
  signalChanged(state: ServerLinkState): void {
    if (state.kind === "refused" || state.kind === "closed") this.#end();
  }

  /** A viewer came, or its page was loaded again. */
  viewersChanged(): void {
    const viewers = this.#options.viewers().filter(({ info }) => this.#viewers.includes(info.id));
    for (const [id, channels] of this.#channels) {
      if (!viewers.includes(channels.viewer)) this.#drop(id, channels);
    }
    for (const viewer of viewers) {
      const { id } = viewer.info;
      if (this.#channels.has(id)) continue;
      const channels = this.#channelsTo(id, viewer);
      this.#channels.set(id, channels);
      viewer.setRelay(channels);
      channels.control.setOpen(true);
      channels.timing.setOpen(true);
    }
  }

  /** Takes what the server said. */
  receive({ body }: FromRelayMessage): void {
    switch (body.kind) {
      case "topic":
        return this.#wanted(body.topic);
      case "ended":
        return this.#ended(body.cause);
      default:
        return assertNever(body);
    }
  }

  /** This page leaves its room; it may join again. */
  end(): void {
    this.#end();
    this.#become({ kind: "off" });
  }

  #wanted(topic: number): void {
    const { kind } = this.#state;
    if (kind === "refused" || kind === "failed") return this.#refuse(kind);
    if (this.#state.kind !== "open") this.#become({ kind: "opening" });
    this.#topic.open(topic);
  }

  #ended(cause: RelayEndCause): void {
    this.#options.log(`through the server: ended (${cause})`);
    this.#end();
  }

  #stop(state: Extract<PhoneRelayState, { kind: "refused" | "failed" }>): void {
    this.#refuse(state.kind);
    this.#end();
    this.#become(state);
  }

  #refuse(cause: RelayRefusal): void {
    this.#options.say({ kind: "refuse", cause });
  }

  #end(): void {
    this.#options.timers.clearTimeout(this.#timer);
    this.#topic.close();
    this.#setViewers([]);
    this.#sender.close();
    if (this.#state.kind === "opening" || this.#state.kind === "open") {
      this.#become({ kind: "off" });
    }
  }

  #receive(message: FromRelayTopic): void {
    switch (message.type) {
      case "viewers":
        this.#options.timers.clearTimeout(this.#timer);
        this.#setViewers(message.viewers);
        return this.#become({ kind: "open", viewers: message.viewers.length });
      case "ack":
        return this.#sender.acked(message.frame);
      case "message": {
        const channels = message.from === undefined ? undefined : this.#channels.get(message.from);
        return channels?.[message.channel].receive(message.text);
      }
      default:
        return assertNever(message);
    }
  }

  /** The bulk link comes back by itself. */
  #onLost(): void {
    this.#options.timers.clearTimeout(this.#timer);
    this.#setViewers([]);
    this.#become({ kind: "opening" });
  }

  /** One that was started anew knows of no relay until a viewer asks for it again. */
  #awaitAnswer(): void {
    const { timers } = this.#options;
    timers.clearTimeout(this.#timer);
    this.#timer = timers.setTimeout(() => this.#end(), ANSWER_MS);
  }

  #setViewers(viewers: readonly PeerId[]): void {
    this.#viewers = viewers;
    this.viewersChanged();
    this.#sender.setActive(viewers.length > 0);
  }

  #drop(id: PeerId, { control, timing, viewer }: ViewerChannels): void {
    control.setOpen(false);
    timing.setOpen(false);
    viewer.setRelay(null);
    this.#channels.delete(id);
  }

  #channelsTo(to: PeerId, viewer: Viewer): ViewerChannels {
    const topic = this.#topic;
    return { control: topic.channel("control", to), timing: topic.channel("timing", to), viewer };
  }

  #become(state: PhoneRelayState): void {
    if (JSON.stringify(state) === JSON.stringify(this.#state)) return;
    this.#state = state;
    this.#options.onState(state);
  }
}
