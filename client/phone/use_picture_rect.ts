import { useEffect, useState } from "preact/hooks";
import { containRect, type RectPx } from "../present/picture_geometry.ts";

/** Where a video element shows its picture (`object-fit: contain`), in CSS pixels of the element. */
export function usePictureRect(video: { readonly current: HTMLVideoElement | null }): RectPx {
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
