import type { Detection } from "@/vision";

/** What is in the picture now, for those who cannot see the boxes, and in words for all others. */
export function DetectionsList(
  { detections, labels }: { detections: readonly Detection[]; labels: readonly string[] },
) {
  return (
    <section class="detections-section" aria-labelledby="detections-heading">
      <h2 id="detections-heading" class="small">In the picture</h2>
      <ul role="list" aria-label="Detections" class="detections">
        {detections.slice(0, MAX_ROWS).map(({ classId, score }, index) => (
          <li key={index}>{labels[classId] ?? `class ${classId}`} {Math.round(score * 100)} %</li>
        ))}
      </ul>
    </section>
  );
}

/** Rows shown; the list has a fixed height for them, so that the page does not jump. */
const MAX_ROWS = 8;
