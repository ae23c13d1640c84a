// Ways to the frames of a video that some browsers lack: scripts that take them away from a page.

/** No streams of frames: each frame that the video shows is taken (Firefox). */
export function hideTrackProcessor(): void {
  delete (globalThis as { MediaStreamTrackProcessor?: unknown }).MediaStreamTrackProcessor;
}

/** No `VideoFrame`: each is copied. */
export function hideVideoFrame(): void {
  delete (globalThis as { VideoFrame?: unknown }).VideoFrame;
}

/** Tracks go to Workers, as far as the page can tell. To be used with {@linkcode UNREADABLE_TRACKS}. */
export function sendTracks(): void {
  for (const { prototype } of [MessagePort, Worker] as { prototype: MessagePort }[]) {
    const { postMessage } = prototype;
    prototype.postMessage = function (message: unknown, transfer: unknown = []) {
      const isTrack = Array.isArray(transfer) && transfer[0] instanceof MediaStreamTrack;
      const sent = isTrack ? [{ ...(message as object), track: null }, []] : [message, transfer];
      return postMessage.apply(this, sent as never);
    };
  }
}

/** Put before the scripts of Workers: tracks come, and nothing can read them (WebKitGTK). */
export const UNREADABLE_TRACKS = {
  files: /\/assets\/(worker|flow|presenter|encoder)-[^/]+\.js$/,
  content: `
    delete globalThis.MediaStreamTrackProcessor;
    addEventListener("message", ({ data }) => {
      if (data.kind === "track") data.track = { stop() {} };
    });
  `,
};

/** A frame of a video element can be neither wrapped nor copied. */
export function keepFrames(): void {
  const keep = (source: unknown) => {
    if (!(source instanceof HTMLVideoElement)) return;
    throw new DOMException("The video is kept", "InvalidStateError");
  };
  const { VideoFrame, createImageBitmap } = globalThis;
  globalThis.VideoFrame = new Proxy(VideoFrame, {
    construct(target, parameters) {
      keep(parameters[0]);
      return Reflect.construct(target, parameters);
    },
  });
  globalThis.createImageBitmap = new Proxy(createImageBitmap, {
    async apply(target, self, parameters) {
      keep(parameters[0]);
      return await Reflect.apply(target, self, parameters);
    },
  });
}

/** As `keepFrames`, but copies can be had. */
export function keepFramesFromWrapping(): void {
  globalThis.VideoFrame = new Proxy(VideoFrame, {
    construct(target, parameters) {
      if (parameters[0] instanceof HTMLVideoElement) throw new TypeError("No video elements here");
      return Reflect.construct(target, parameters);
    },
  });
}
