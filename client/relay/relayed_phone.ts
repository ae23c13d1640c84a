import { assertNever, type RelayEndCause, type ToRelayMessage } from "@/protocol";
import type { Log } from "../base/log.ts";
import type { Timers } from "../base/timers.ts";
import type { WorkerHandle } from "../base/worker_handle.ts";
import type { OpenTopic } from "../link/topic.ts";
import type { PhonePeer } from "../rtc/phone_peer.ts";
import type { Relay } from "../rtc/relay.ts";
import { type RelayInput, type RelayPlan, START_RELAY, stepRelay } from "./relay_plan.ts";
import { RelayPicture } from "./relay_picture.ts";
import { RelayTopic } from "./relay_topic.ts";
import type { RelayedChannel } from "./relayed_channel.ts";

/** What a viewer's part of a relay is given, and whom it tells. */
export interface RelayedPhoneOptions {
  readonly phone: Pick<PhonePeer, "info" | "connectionState" | "setRelay">;
  readonly timers: Timers;
  readonly log: Log;
  readonly openTopic: OpenTopic;
  /** Makes a Worker for pictures that has not been sent anything yet. */
  startWorker(): WorkerHandle;
  /** On the control link; `false`: not in the room now. */
  say(body: ToRelayMessage["body"]): boolean;
  hasConsent(): boolean;
  isJoined(): boolean;
  /** The plan, and so what the page says, may have changed. */
  onChange(): void;
}

interface OpenRelay extends Relay {
  readonly control: RelayedChannel;
  readonly timing: RelayedChannel;
  readonly picture: RelayPicture;
}

/** One phone, whose pictures come through the server while there is no path to it. */
export class RelayedPhone {
  readonly #options: RelayedPhoneOptions;
  readonly #topic: RelayTopic;
  #plan: RelayPlan = START_RELAY;
  #relay: OpenRelay | null = null;
  #timer: number | undefined;
  #isOver = false;

  constructor(options: RelayedPhoneOptions) {
    this.#options = options;
    this.#topic = new RelayTopic({
      openTopic: options.openTopic,
      onReady: (isReady) => isReady ? this.#onReady() : this.#closeChannels(),
      onText: (message) => {
        if (message.type === "message") this.#relay?.[message.channel].receive(message.text);
      },
      takePictures: (port) => (this.#relay ??= this.#makeRelay()).picture.take(port),
    });
    this.connectionChanged();
  }

  /** How it stands. */
  get plan(): RelayPlan {
    return this.#plan;
  }

  /** The connection between the two pages changed. */
  connectionChanged(): void {
    this.#input({ kind: "connection", state: this.#options.phone.connectionState });
  }

  /** The person answered, here or for another phone. */
  answered(yes: boolean): void {
    this.#input({ kind: "answered", yes });
  }

  /** The person wants to be asked again. */
  invite(): void {
    this.#input({ kind: "invited" });
  }

  /** This page is in its room again; the server may be another process by now. */
  rejoined(): void {
    if (this.#plan.kind === "wanted") this.#open();
    else this.#input({ kind: "tick" });
  }

  /** The server says on which topic they come. */
  topic(topic: number): void {
    if (this.#plan.kind === "wanted") this.#topic.open(topic);
  }

  /** The server says that it is over, or did not begin. */
  ended(cause: RelayEndCause): void {
    this.#options.log(`through the server: ended (${cause})`);
    this.#topic.close();
    // What this page asked for itself needs no words.
    this.#dropRelay(cause === "closed" ? null : cause);
    this.#input({ kind: "ended", cause });
  }

  /** The phone has gone. */
  close(): void {
    if (this.#plan.kind === "wanted" || this.#plan.kind === "resting") this.#sayClose();
    this.#isOver = true;
    this.#options.timers.clearTimeout(this.#timer);
    this.#topic.close();
    this.#dropRelay();
  }

  #input(input: RelayInput): void {
    if (this.#isOver) return;
    const { timers, hasConsent, isJoined, onChange } = this.#options;
    const { plan, action, wakeInMs } = stepRelay(this.#plan, input, {
      nowMs: timers.nowMs(),
      hasConsent: hasConsent(),
      isJoined: isJoined(),
    });
    const before = this.#plan.kind;
    this.#plan = plan;
    timers.clearTimeout(this.#timer);
    if (wakeInMs !== null) {
      this.#timer = timers.setTimeout(() => this.#input({ kind: "tick" }), wakeInMs);
    }
    switch (action) {
      case "open":
        this.#open();
        break;
      case "close":
        this.#sayClose();
        this.#topic.close();
        this.#dropRelay();
        break;
      case "ask":
      case "none":
        break;
      default:
        assertNever(action);
    }
    if (plan.kind !== before) onChange();
  }

  #open(): void {
    const { id: phone, instance: phoneInstance } = this.#options.phone.info;
    this.#options.log("through the server: asked for the phone's pictures");
    if (!this.#options.say({ kind: "open", phone, phoneInstance })) this.#input({ kind: "lost" });
  }

  #sayClose(): void {
    this.#options.say({ kind: "close", phone: this.#options.phone.info.id });
  }

  #onReady(): void {
    const relay = this.#relay!;
    this.#options.phone.setRelay(relay);
    relay.control.setOpen(true);
    relay.timing.setOpen(true);
    this.#input({ kind: "opened" });
  }

  #makeRelay(): OpenRelay {
    const { phone, timers, startWorker, onChange } = this.#options;
    const topic = this.#topic;
    const picture = new RelayPicture({
      phone: phone.info.id,
      startWorker,
      nowMs: timers.nowMs,
      carried: () => topic.carried,
      onTrack: onChange,
      onDied: (message) => this.#onDied(message),
    });
    return { control: topic.channel("control"), timing: topic.channel("timing"), picture };
  }

  /** Its Worker did not start, or was ended: all is begun anew, after a while. */
  #onDied(message: string): void {
    this.#options.log(`through the server: ${message}`);
    this.#sayClose();
    this.#topic.close();
    this.#dropRelay();
    this.#input({ kind: "ended", cause: "gone" });
  }

  /** The last picture stays: the link is likely to come back. */
  #closeChannels(): void {
    this.#relay?.control.setOpen(false);
    this.#relay?.timing.setOpen(false);
  }

  #dropRelay(why: RelayEndCause | null = null): void {
    this.#closeChannels();
    const relay = this.#relay;
    this.#relay = null;
    this.#options.phone.setRelay(null, why);
    if (relay === null) return;
    relay.picture.close();
    this.#options.log(
      `through the server: frames not shown ${JSON.stringify(relay.picture.dropped)}`,
    );
  }
}
