import type { PortLike } from "../base/worker_handle.ts";
import type { RelayedFrame, RelayedKey } from "../inference/detector.ts";
import type { CarriedBytes } from "../metrics/traffic.ts";

/** Why a frame that came is not shown. */
export type PictureDropCause =
  /** A newer one came while another was decoded. */
  | "superseded"
  /** Not later than the one before. */
  | "stale"
  /** No frame of ours, or no JPEG, or of another size than it says. */
  | "broken";

/** Frames that were not shown, by cause. */
export type PictureDrops = Readonly<Record<PictureDropCause, number>>;

/** What a page asks of the Worker that has the pictures of one phone. */
export type ToPicture =
  /** Where they are heard, in place of the port before: that of a relay's topic. */
  | { readonly kind: "pictures"; readonly port: PortLike }
  /** Somebody reads them, as they come over such a port; see `ReadMessage`. Until `leave`. */
  | {
    readonly kind: "reader";
    readonly id: number;
    /** It has no more that it has not accepted. */
    readonly bufferFrames: number;
    readonly port: PortLike;
  }
  | { readonly kind: "leave"; readonly id: number }
  /** Where each is told that comes, in place of the port before; see `RelayedFrames.keys`. */
  | { readonly kind: "keys"; readonly port: PortLike }
  /** The page has drawn the picture that it was given. */
  | { readonly kind: "drawn" };

/** A frame that came. */
export interface CameFrame extends RelayedKey, Omit<RelayedFrame, "key"> {
  /** On the phone's clock, ms since the epoch. */
  readonly captureTimeMs: number;
}

/** What that Worker tells its page. */
export type FromPicture =
  | {
    readonly kind: "came";
    readonly frame: CameFrame;
    /** Bytes of all pictures so far, and of what was said of them. */
    readonly carried: CarriedBytes;
    readonly dropped: PictureDrops;
  }
  /** The next picture for the page, transferred; there is none before it has drawn the one before. */
  | { readonly kind: "picture"; readonly bitmap: ImageBitmap };
