import type { FrameFeed } from "../inference/detector.ts";
import type { ReadMessage } from "../inference/worker_messages.ts";
import type { FrameKey } from "../time/frame_key.ts";
import type { FeedOptions } from "../media/frame_feed.ts";
import type { CarriedBytes } from "../metrics/traffic.ts";
import type { CaptureTime } from "../time/capture_time.ts";
import type { ClockEstimate } from "../time/clock_sync.ts";
import type { MessagePipe } from "./text_channel.ts";

/** The two channels between a phone and a viewer, through the server. */
export interface RelayedChannels {
  readonly control: MessagePipe;
  readonly timing: MessagePipe;
}

/** Frames that bring their own identity, for any number of Workers. */
export interface FrameFeeds {
  feed(options: FeedOptions): FrameFeed<ReadMessage>;
}

/** A phone's picture that came through the server. */
export interface RelayedPicture {
  /** For video elements; `null` before the first frame. */
  readonly track: MediaStreamTrack | null;
  /** The same frames for whoever examines or paints them: each has its key. */
  readonly frames: FrameFeeds;
  /** Frames that have come. */
  readonly received: number;
  /** When the phone's page got a frame from its camera. */
  captureOf(
    key: FrameKey | null,
    how: { readonly receivedAtMs: number; readonly phoneClock: ClockEstimate | null },
  ): CaptureTime;
  /** Bytes of all messages, without what the network adds. */
  readonly carried: CarriedBytes;
}

/** What a viewer has of a phone through the server. */
export interface Relay extends RelayedChannels {
  readonly picture: RelayedPicture;
}
