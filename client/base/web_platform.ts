// What browsers have and TypeScript's DOM library does not know, or knows only in part.

declare global {
  /** https://w3c.github.io/mediacapture-transform/#track-processor */
  class MediaStreamTrackProcessor {
    /** @param init `maxBufferSize`: frames kept for a slow reader; the oldest goes first. */
    constructor(init: { track: MediaStreamTrack; maxBufferSize?: number });
    readonly readable: ReadableStream<VideoFrame>;
  }

  /** https://w3c.github.io/webcodecs/#videoframe-interface */
  interface VideoFrame {
    /** Missing in older browsers. */
    metadata?(): { rtpTimestamp?: number };
    /** Clockwise degrees for display; missing in older browsers. */
    readonly rotation?: number;
    /** Mirrored for display; missing in older browsers. */
    readonly flip?: boolean;
  }
}

export {};
