import type { ReadonlySignal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import type { ShownDetections } from "./fresh_detections.ts";
import { PhoneBoxes } from "./phone_boxes.tsx";
import { containRect, type RectPx } from "../present/picture_geometry.ts";

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

/** Where a video element shows its picture (`object-fit: contain`), in CSS pixels of the element. */
function usePictureRect(video: { readonly current: HTMLVideoElement | null }): RectPx {
  const [rect, setRect] = useState<RectPx>({ xPx: 0, yPx: 0, widthPx: 0, heightPx: 0 });
  useEffect(() => {
    const element = video.current!;
    const measure = () =>
      setRect(containRect({
        pictureWidthPx: element.videoWidth,
        pictureHeightPx: element.videoHeight,
        areaWidthPx: element.clientWidth,
        areaHeightPx: element.clientHeight,
      }));
    const resizes = new ResizeObserver(measure);
    resizes.observe(element);
    // The picture's own size: another camera, or the phone was turned.
    element.addEventListener("resize", measure);
    return () => {
      resizes.disconnect();
      element.removeEventListener("resize", measure);
    };
  }, []);
  return rect;
}
