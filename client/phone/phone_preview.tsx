import { useEffect, useRef } from "preact/hooks";

/** The picture as it is sent; the front camera's is mirrored here, as people know it. */
export function PhonePreview(
  { track, isMirrored, note }: {
    track: MediaStreamTrack;
    isMirrored: boolean;
    note: string | null;
  },
) {
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    const element = video.current!;
    element.srcObject = new MediaStream([track]);
    // iOS leaves a video paused that lost its stream; refusing to play shows a still picture.
    element.play().catch(() => {});
    return () => element.srcObject = null;
  }, [track]);
  return (
    <div class="phone-preview">
      <video
        ref={video}
        class={isMirrored ? "mirrored" : ""}
        aria-label="Camera preview"
        muted
        playsInline
        autoplay
      />
      {note && <p class="phone-note">{note}</p>}
    </div>
  );
}
