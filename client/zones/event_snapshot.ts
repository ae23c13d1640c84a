import { type EventSnapshot, MAX_SNAPSHOT_BYTES, MAX_SNAPSHOT_SIDE_PX } from "@/protocol";
import { drawPicture, pictureRect, type SeenPicture } from "../record/seen_picture.ts";

/** Tried in this order until the picture is small enough. */
const QUALITIES = [0.85, 0.7, 0.5, 0.3];

/**
 * A picture of the stage as a JPEG for an event. What of it is a copy is closed.
 * @returns `null` where the browser gives none that is small enough.
 */
export async function takeEventSnapshot(
  seen: SeenPicture,
  isMirrored: boolean,
): Promise<EventSnapshot | null> {
  const from = pictureRect(seen);
  if (from.widthPx < 1 || from.heightPx < 1) return null;
  const scale = Math.min(1, MAX_SNAPSHOT_SIDE_PX / Math.max(from.widthPx, from.heightPx));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(from.widthPx * scale));
  canvas.height = Math.max(1, Math.round(from.heightPx * scale));
  const context = canvas.getContext("2d", { alpha: false });
  if (context === null) return null;
  drawPicture(context, seen);
  if ("close" in seen.element) seen.element.close();
  for (const quality of QUALITIES) {
    const blob = await new Promise<Blob | null>((resolve) =>
      canvas.toBlob(resolve, "image/jpeg", quality)
    );
    if (blob?.type !== "image/jpeg") return null;
    if (blob.size > MAX_SNAPSHOT_BYTES) continue;
    return {
      type: "image/jpeg",
      width_px: canvas.width,
      height_px: canvas.height,
      // The plain video is flipped by the page alone.
      mirrored: isMirrored && !("videoWidth" in seen.element),
      data: await base64Of(blob),
    };
  }
  return null;
}

async function base64Of(blob: Blob): Promise<string> {
  const reader = new FileReader();
  await new Promise((resolve, reject) => {
    reader.onload = resolve;
    reader.onerror = reject;
    reader.readAsDataURL(blob);
  });
  return String(reader.result).split(",")[1] ?? "";
}
