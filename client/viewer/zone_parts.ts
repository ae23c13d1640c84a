import type { EventSnapshot } from "@/protocol";
import { epochMs } from "../base/epoch.ts";
import { storedSwitch } from "../base/stored_switch.ts";
import { pageTimers } from "../base/timers.ts";
import { readBackWay } from "../inference/read_back.ts";
import type { FrameKey } from "../time/frame_key.ts";
import type { CaptureOf } from "../metrics/sample_log.ts";
import { recordingName } from "../record/recording.ts";
import { saveFile } from "../record/save_file.ts";
import { takeEventSnapshot } from "../zones/event_snapshot.ts";
import { EventSender } from "../zones/event_sender.ts";
import type { Zone } from "../zones/zone.ts";
import { ZoneEditor } from "../zones/zone_editor.ts";
import { eventsToNdjson } from "../zones/zone_events.ts";
import { ZoneKeeper } from "../zones/zone_keeper.ts";
import { storedZones } from "../zones/zone_memory.ts";
import type { RoomAccess } from "./room_access.ts";
import type { StageHost } from "./stage_host.ts";
import type { ViewerState } from "./viewer_state.ts";

/** What zones work with. */
export interface ZonePartsOptions {
  readonly state: ViewerState;
  readonly captureOf: CaptureOf;
  stage(): Pick<StageHost, "pictureOf">;
}

/** The page's zones: drawing, counting, events, and sending these on. */
export class ZoneParts {
  readonly editor: ZoneEditor;
  readonly keeper: ZoneKeeper;
  readonly #options: ZonePartsOptions;
  /** Turns sending on and off; does nothing where there is nobody to send to. */
  #setSending: (isOn: boolean) => void = () => {};

  constructor(options: ZonePartsOptions) {
    this.#options = options;
    const { state, captureOf } = options;
    this.editor = new ZoneEditor(state.zones);
    this.keeper = new ZoneKeeper({
      state: state.zones,
      timers: pageTimers,
      captureOf,
      takeSnapshot: (key) => this.#takeSnapshot(key),
    });
  }

  /** Begins. `linked`: what the page's address says comes before what this browser remembers. */
  start(linked: readonly Zone[] | null, access: RoomAccess): void {
    // Of a picture without words there is nothing to count.
    if (this.#options.state.isClean) return;
    const memory = storedZones(() => localStorage);
    this.keeper.start(linked ?? memory.zones(), memory);
    const host = this.#options.state.config.peek()?.webhook?.host;
    if (host !== undefined && access.role === "owner") this.#offerSending(host, access);
  }

  /** The person turns sending on or off. */
  setSending(isOn: boolean): void {
    this.#setSending(isOn);
  }

  /** Saves what is listed. */
  save(): void {
    const text = eventsToNdjson(this.#options.state.zones.events.peek());
    const blob = new Blob([text], { type: "application/x-ndjson" });
    saveFile(`${recordingName(epochMs())}-events.ndjson`, blob);
  }

  /** Forgets what is listed. */
  clearEvents(): void {
    this.#options.state.zones.events.value = [];
  }

  #offerSending(host: string, { roomId, token }: RoomAccess): void {
    const { webhook } = this.#options.state.zones;
    const sender = new EventSender({
      timers: pageTimers,
      fetch: (url, init) => fetch(url, init),
      url: `/api/rooms/${roomId}/events`,
      token,
      onDelivery: this.keeper.noteDelivery,
    });
    this.keeper.setSender(sender);
    // For this host only: for another one the person has to be asked again.
    const wish = storedSwitch(`peerlens.webhook.${host}`, {
      storage: () => localStorage,
      isOnAtFirst: false,
    });
    const show = () => {
      sender.set(wish.isOn());
      webhook.value = { host, isOn: wish.isOn() };
    };
    this.#setSending = (isOn) => {
      wish.set(isOn);
      show();
    };
    show();
  }

  /** Nothing is painted while nobody sees the page. */
  async #takeSnapshot(key: FrameKey | null): Promise<EventSnapshot | null> {
    const { stage, state } = this.#options;
    // An event without a picture says more than one with noise.
    const isTrue = !document.hidden && await readBackWay() === "canvas";
    const picture = isTrue ? await stage().pictureOf(key) : null;
    return picture && await takeEventSnapshot(picture, state.choices.peek().mirror);
  }
}
