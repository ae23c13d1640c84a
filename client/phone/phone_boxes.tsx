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
  const boxes = previewBoxes(detections, { ...picture, ...how, measure: textWidthPx });
  return (
    <div
      class={`phone-boxes ${isFading ? "fading" : ""}`}
      style={placed(picture)}
      data-testid="phone-boxes"
      // They change faster than anybody can listen to.
      aria-hidden="true"
    >
      {boxes.map((box) => (
        <div
          key={box.key}
          class="phone-box"
          style={{ ...placed(box), borderColor: box.colour }}
        />
      ))}
      {boxes.map(({ key, text, tag }) => (
        <span key={key} class="phone-tag" style={placed(tag)}>{text}</span>
      ))}
    </div>
  );
}

function placed({ xPx, yPx, widthPx, heightPx }: RectPx) {
  return { left: `${xPx}px`, top: `${yPx}px`, width: `${widthPx}px`, height: `${heightPx}px` };
}

/** The same as in `phone.css`. */
const FONT = "600 14px system-ui, sans-serif";

let context: CanvasRenderingContext2D | null = null;

function textWidthPx(text: string): number {
  context ??= document.createElement("canvas").getContext("2d")!;
  context.font = FONT;
  return Math.ceil(context.measureText(text).width);
}
