import type { ReadonlySignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { ShownDetections } from "./fresh_detections.ts";
import { PhoneBoxes } from "./phone_boxes.tsx";
import { usePictureRect } from "./use_picture_rect.ts";

/** The picture as it is sent; the front camera's is mirrored here, as people know it. */
export function PhonePreview(
  { track, isMirrored, shown, classIds, note, onVideo }: {
    track: MediaStreamTrack;
    isMirrored: boolean;
    shown: ReadonlySignal<ShownDetections>;
    classIds: ReadonlyMap<string, number>;
    note: string | null;
    /** The element that plays the picture, while there is one. */
    onVideo: (video: HTMLVideoElement | null) => void;
  },
) {
  const video = useRef<HTMLVideoElement>(null);
  const picture = usePictureRect(video);
  useEffect(() => {
    onVideo(video.current!);
    return () => onVideo(null);
  }, []);
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
      <PhoneBoxes shown={shown} picture={picture} isMirrored={isMirrored} classIds={classIds} />
      {note && <p class="phone-note">{note}</p>}
    </div>
  );
}
