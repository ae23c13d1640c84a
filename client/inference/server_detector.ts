import type { Detector, FrameFeed, RelayedFrames } from "./detector.ts";
import type { Effort } from "./effort.ts";
import type { DetectionSettings } from "./worker_messages.ts";

/** What the two detectors of server mode are made with. */
export interface ServerDetectorOptions {
  readonly settings: DetectionSettings;
  /** Of frames that this page sends. */
  sent(settings: DetectionSettings): Detector;
  /** Of pictures that the server has itself. */
  relayed(frames: RelayedFrames, settings: DetectionSettings): Detector;
}

/** Detection on the server, whichever way the frames of the present feed get there. */
export class ServerDetector implements Detector {
  readonly #options: ServerDetectorOptions;
  #settings: DetectionSettings;
  #effort: Effort | null = null;
  #relayed: RelayedFrames | null = null;
  #detector: Detector;

  constructor(options: ServerDetectorOptions) {
    this.#options = options;
    this.#settings = options.settings;
    this.#detector = options.sent(this.#settings);
  }

  get expectedMs(): number | null {
    return this.#detector.expectedMs;
  }

  setFeed(feed: FrameFeed | null): void {
    const relayed = feed?.relayed ?? null;
    // Nothing to be examined now says nothing of what comes next.
    if (feed !== null && relayed !== this.#relayed) this.#replace(relayed);
    this.#detector.setFeed(feed);
  }

  expectFrames(relayed: RelayedFrames | null): void {
    if (relayed !== this.#relayed) this.#replace(relayed);
  }

  setSettings(settings: DetectionSettings): void {
    this.#settings = settings;
    this.#detector.setSettings(settings);
  }

  setEffort(effort: Effort): void {
    this.#effort = effort;
    this.#detector.setEffort(effort);
  }

  close(): void {
    this.#detector.close();
  }

  #replace(relayed: RelayedFrames | null): void {
    this.#detector.close();
    this.#relayed = relayed;
    const { sent, relayed: makeRelayed } = this.#options;
    this.#detector = relayed === null ? sent(this.#settings) : makeRelayed(relayed, this.#settings);
    if (this.#effort !== null) this.#detector.setEffort(this.#effort);
  }
}
