import type { FromRelayMessage, PeerId, ToRelayMessage } from "@/protocol";
import type { Log } from "../base/log.ts";
import type { Timers } from "../base/timers.ts";
import type { WorkerHandle } from "../base/worker_handle.ts";
import type { OpenTopic } from "../link/topic.ts";
import type { ServerLinkState } from "../link/server_link_state.ts";
import type { PhonePeer } from "../rtc/phone_peer.ts";
import type { PeerEvent } from "../rtc/room_session.ts";
import { RelayedPhone } from "./relayed_phone.ts";

/** What a viewer's page is asked about its phones, or told. */
export type RelayQuestion =
  /** Nothing. */
  | "none"
  /** A phone cannot be reached: may its pictures go through the server? */
  | "asked"
  /** It may not, and the phone still cannot be reached. */
  | "declined";

/** What a viewer's relay is given, and whom it tells. */
export interface ViewerRelayOptions {
  readonly timers: Timers;
  readonly log: Log;
  readonly openTopic: OpenTopic;
  /** Makes a Worker for the pictures of one phone that has not been sent anything yet. */
  startWorker(): WorkerHandle;
  /** The person of this browser has agreed, now or before. */
  hasConsent(): boolean;
  /** On the control link; `false`: not in the room now. */
  say(body: ToRelayMessage["body"]): boolean;
  onQuestion(question: RelayQuestion): void;
  /** A phone's picture came, or went. */
  onChange(): void;
}

/** All phones of a viewer's page that it may have to reach through the server. */
export class ViewerRelay {
  readonly #options: ViewerRelayOptions;
  readonly #phones = new Map<PeerId, RelayedPhone>();
  #signal: ServerLinkState | null = null;

  constructor(options: ViewerRelayOptions) {
    this.#options = options;
  }

  /** A phone came, changed or went. */
  phoneChanged({ kind, peer: phone }: PeerEvent<PhonePeer>): void {
    const { id, camera } = phone.info;
    // The server passes no pictures of its own cameras on.
    if (camera !== undefined) return;
    if (kind === "added") {
      this.#phones.get(id)?.close();
      this.#phones.set(id, this.#take(phone));
    } else if (kind === "changed") this.#phones.get(id)?.connectionChanged();
    else {
      this.#phones.get(id)?.close();
      this.#phones.delete(id);
    }
    this.#tell();
  }

  /** The connection to the server changed. */
  signalChanged(state: ServerLinkState): void {
    const isBack = state.kind === "joined" && this.#signal?.kind !== "joined";
    this.#signal = state;
    if (isBack) this.#phones.forEach((phone) => phone.rejoined());
  }

  /** Takes what the server said. */
  receive({ phone: id, body }: FromRelayMessage): void {
    const phone = this.#phones.get(id);
    if (body.kind === "topic") phone?.topic(body.topic);
    else phone?.ended(body.cause);
  }

  /** The person's answer, for all phones. */
  answer(yes: boolean): void {
    this.#phones.forEach((phone) => phone.answered(yes));
    this.#tell();
  }

  /** The person, who said no, wants to be asked again. */
  invite(): void {
    this.#phones.forEach((phone) => phone.invite());
    this.#tell();
  }

  #take(phone: PhonePeer): RelayedPhone {
    const { onChange, ...options } = this.#options;
    return new RelayedPhone({
      ...options,
      phone,
      isJoined: () => this.#signal?.kind === "joined",
      onChange: () => {
        this.#tell();
        onChange();
      },
    });
  }

  #tell(): void {
    const plans = [...this.#phones.values()].map(({ plan }) => plan.kind);
    this.#options.onQuestion(
      plans.includes("asking") ? "asked" : plans.includes("declined") ? "declined" : "none",
    );
  }
}
