import type { ReadonlySignal } from "@preact/signals";
import type { RectPx } from "../present/picture_geometry.ts";
import type { ShownDetections } from "./fresh_detections.ts";
import { previewBoxes, type PreviewPicture } from "./preview_boxes.ts";

/**
 * What a viewer found, over the phone's own picture. Elements and no canvas: a few boxes five times
 * a second, and the page need not paint for them in between.
 */
export function PhoneBoxes(
  { shown, picture, ...how }: {
    /** Read here alone, so that nothing else is drawn anew for it. */
    shown: ReadonlySignal<ShownDetections>;
    /** Where the picture is in the preview. */
    picture: RectPx;
  } & Pick<PreviewPicture, "isMirrored" | "classIds">,
) {
  const { detections, isFading } = shown.value;
  return (
    <div
      class={`phone-boxes ${isFading ? "fading" : ""}`}
      style={placed(picture)}
      data-testid="phone-boxes"
      // They change faster than anybody can listen to.
      aria-hidden="true"
    >
      {previewBoxes(detections, { ...picture, ...how }).map((box) => (
        <div
          key={box.key}
          class="phone-box"
          style={{ ...placed(box), borderColor: box.colour }}
        >
          <span
            class={`${box.isTextInside ? "inside" : ""} ${box.isTextAtRight ? "at-right" : ""}`}
            style={{ maxWidth: `${box.textRoomPx}px` }}
          >
            {box.text}
          </span>
        </div>
      ))}
    </div>
  );
}

function placed({ xPx, yPx, widthPx, heightPx }: RectPx) {
  return { left: `${xPx}px`, top: `${yPx}px`, width: `${widthPx}px`, height: `${heightPx}px` };
}
