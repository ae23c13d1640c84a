import { useEffect, useRef, useState } from "preact/hooks";
import { containRect, type RectPx } from "../present/picture_geometry.ts";
import { middleOf, type Point, type Polygon, rectangle, toArea, toPicture } from "./geometry.ts";
import { countWords } from "./zone_words.ts";
import type { Zone } from "./zone.ts";
import type { ZoneEditor } from "./zone_editor.ts";
import type { ZoneCount } from "./zone_watch.ts";
import type { EditorView, PictureSize } from "./zones_state.ts";

/** A press that goes further is a drag. */
const DRAG_PX = 8;
/** So near the first corner, a click closes the zone: a fingertip. */
const CLOSE_PX = 16;
/** How far an arrow key moves a corner; with Shift five times as far. */
const STEP = 0.01;

/** What the overlay shows, and what it changes. */
export interface ZoneOverlayProps {
  readonly zones: readonly Zone[];
  readonly counts: readonly ZoneCount[];
  readonly view: EditorView;
  /** `null`: there is no picture to draw on. */
  readonly picture: PictureSize | null;
  readonly isMirrored: boolean;
  readonly editor: ZoneEditor;
}

/** What is dragged: a rectangle that is drawn, a corner, or a whole zone. */
type Drag =
  | { readonly kind: "press"; readonly from: Point; readonly fromPx: Point }
  | { readonly kind: "corner"; readonly index: number }
  /** `grip`: where it was taken, from its middle. */
  | { readonly kind: "zone"; readonly grip: Point };

/** The zones over the picture, wherever that lies on the stage. */
export function ZoneOverlay(props: ZoneOverlayProps) {
  const { zones, counts, view, picture, isMirrored, editor } = props;
  const svg = useRef<SVGSVGElement>(null);
  const area = useArea(svg);
  const drag = useRef<Drag | null>(null);
  const [pointer, setPointer] = useState<Point | null>(null);
  useDrawingKeys(view.kind === "drawing", editor);
  const rect = pictureRect(area, picture);
  const place = (point: Point) => toArea(point, rect, isMirrored);
  const pixelOf = ({ clientX, clientY }: PointerEvent): Point => {
    const { left, top } = svg.current!.getBoundingClientRect();
    return { x: clientX - left, y: clientY - top };
  };
  const shaped = view.kind === "shaping" ? zones.find(({ id }) => id === view.zoneId) : undefined;

  function press(event: PointerEvent, began: (at: Point) => Drag): void {
    event.preventDefault();
    event.stopPropagation();
    svg.current!.setPointerCapture(event.pointerId);
    drag.current = began(toPicture(pixelOf(event), rect, isMirrored));
  }

  function move(event: PointerEvent): void {
    const at = toPicture(pixelOf(event), rect, isMirrored);
    if (view.kind === "drawing") return setPointer(at);
    if (shaped === undefined) return;
    if (drag.current?.kind === "corner") editor.moveCorner(shaped.id, drag.current.index, at);
    if (drag.current?.kind === "zone") {
      const { grip } = drag.current;
      editor.moveZone(shaped.id, { x: at.x - grip.x, y: at.y - grip.y });
    }
  }

  function release(event: PointerEvent): void {
    const began = drag.current;
    drag.current = null;
    if (began?.kind !== "press" || view.kind !== "drawing") return;
    const px = pixelOf(event);
    if (view.corners.length === 0 && distance(began.fromPx, px) > DRAG_PX) {
      return editor.finishRectangle(began.from, toPicture(px, rect, isMirrored));
    }
    const [first] = view.corners;
    const isClosed = view.corners.length >= 3 && distance(place(first!), px) <= CLOSE_PX;
    if (isClosed) editor.finish();
    else editor.addCorner(toPicture(px, rect, isMirrored));
  }

  const isActive = view.kind !== "idle" && picture !== null;
  return (
    <svg
      ref={svg}
      class={`zones ${isActive ? view.kind : ""}`}
      data-testid="zones"
      role="group"
      aria-label="Zones on the picture"
      onPointerDown={(event) => {
        if (view.kind !== "drawing" || !event.isPrimary) return;
        press(event, (from) => ({ kind: "press", from, fromPx: pixelOf(event) }));
      }}
      onPointerMove={move}
      onPointerUp={release}
      onPointerCancel={() => drag.current = null}
    >
      {picture !== null && zones.map((zone) => (
        <ZoneShape
          key={zone.id}
          zone={zone}
          points={zone.points.map(place)}
          words={countWords(counts.find(({ zoneId }) => zoneId === zone.id))}
          isShaped={zone === shaped}
          onPress={zone !== shaped
            ? undefined
            : (event) => press(event, (at) => ({ kind: "zone", grip: gripOf(zone.points, at) }))}
        />
      ))}
      {isActive && shaped?.points.map((corner, index) => (
        <Handle
          key={index}
          at={place(corner)}
          label={`Corner ${index + 1} of ${shaped.name}`}
          onPress={(event) => press(event, () => ({ kind: "corner", index }))}
          onKey={(x, y) => editor.nudgeCorner(shaped.id, index, { x: isMirrored ? -x : x, y })}
        />
      ))}
      {isActive && view.kind === "drawing" && (
        <Draft
          corners={draftOf(view.corners, pointer, drag.current).map(place)}
          first={view.corners[0] === undefined ? null : place(view.corners[0])}
          isOpen={view.corners.length > 0}
        />
      )}
    </svg>
  );
}

function ZoneShape({ zone, points, words, isShaped, onPress }: {
  zone: Zone;
  points: Polygon;
  words: string;
  isShaped: boolean;
  onPress: ((event: PointerEvent) => void) | undefined;
}) {
  const d = pathOf(points, true);
  const at = labelPlace(points);
  return (
    <g class={isShaped ? "zone shaped" : "zone"}>
      <path class="zone-rim" d={d} />
      <path class="zone-line" d={d} {...(onPress ? { onPointerDown: onPress } : {})} />
      <text x={at.x} y={at.y}>
        {zone.name}
        {words === "" ? "" : `: ${words}`}
      </text>
    </g>
  );
}

function Handle({ at, label, onPress, onKey }: {
  at: Point;
  label: string;
  onPress: (event: PointerEvent) => void;
  onKey: (x: number, y: number) => void;
}) {
  return (
    <g
      class="zone-handle"
      role="button"
      // In SVG the name of an attribute is taken as it is written.
      tabindex={0}
      aria-label={`${label}: arrow keys move it`}
      onPointerDown={onPress}
      onKeyDown={(event) => {
        const [x, y] = ARROWS[event.key] ?? [];
        if (x === undefined || y === undefined) return;
        event.preventDefault();
        const step = event.shiftKey ? 5 * STEP : STEP;
        onKey(x * step, y * step);
      }}
    >
      <circle class="zone-reach" cx={at.x} cy={at.y} r={18} />
      <circle class="zone-corner" cx={at.x} cy={at.y} r={7} />
    </g>
  );
}

function Draft({ corners, first, isOpen }: {
  corners: Polygon;
  first: Point | null;
  isOpen: boolean;
}) {
  const d = pathOf(corners, !isOpen);
  return (
    <g class="zone shaped">
      <path class="zone-rim" d={d} />
      <path class="zone-line" d={d} />
      {first !== null && <circle class="zone-corner" cx={first.x} cy={first.y} r={7} />}
    </g>
  );
}

const ARROWS: Readonly<Record<string, readonly [x: number, y: number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** The corners so far and where the next one would be; a rectangle while one is dragged. */
function draftOf(corners: Polygon, pointer: Point | null, drag: Drag | null): Polygon {
  if (corners.length > 0) return pointer === null ? corners : [...corners, pointer];
  return drag?.kind === "press" && pointer !== null ? rectangle(drag.from, pointer) : [];
}

function gripOf(points: Polygon, at: Point): Point {
  const middle = middleOf(points);
  return { x: at.x - middle.x, y: at.y - middle.y };
}

/** Over the zone's upper side, or under it where the picture ends: not over those who stand in it. */
function labelPlace(points: Polygon): Point {
  const xs = points.map(({ x }) => x);
  const top = Math.min(...points.map(({ y }) => y));
  return {
    x: (Math.min(...xs) + Math.max(...xs)) / 2,
    y: top > LABEL_PX ? top - 7 : top + LABEL_PX,
  };
}

/** Room for a label above a zone. */
const LABEL_PX = 20;

function pathOf(points: Polygon, isClosed: boolean): string {
  if (points.length === 0) return "";
  const places = points.map(({ x, y }) => `${x.toFixed(1)} ${y.toFixed(1)}`);
  return `M${places.join("L")}${isClosed ? "Z" : ""}`;
}

function distance(a: Point, b: Point): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

function pictureRect(area: PictureSize, picture: PictureSize | null): RectPx {
  return containRect({
    pictureWidthPx: picture?.widthPx ?? 0,
    pictureHeightPx: picture?.heightPx ?? 0,
    areaWidthPx: area.widthPx,
    areaHeightPx: area.heightPx,
  });
}

/** Size of the element, which follows the window and full screen. */
function useArea(element: { readonly current: SVGSVGElement | null }): PictureSize {
  const [area, setArea] = useState<PictureSize>({ widthPx: 0, heightPx: 0 });
  useEffect(() => {
    const svg = element.current!;
    const measure = () => setArea({ widthPx: svg.clientWidth, heightPx: svg.clientHeight });
    const sizes = new ResizeObserver(measure);
    sizes.observe(svg);
    measure();
    return () => sizes.disconnect();
  }, []);
  return area;
}

/** Enter makes a zone of what is drawn, Backspace takes a corner back, Escape gives it up. */
function useDrawingKeys(isDrawing: boolean, editor: ZoneEditor): void {
  useEffect(() => {
    if (!isDrawing) return;
    const onKey = (event: KeyboardEvent) => {
      if ((event.target as Element | null)?.closest?.("input, select, textarea")) return;
      if (event.key === "Enter") editor.finish();
      else if (event.key === "Backspace") editor.undoCorner();
      else if (event.key === "Escape") editor.stop();
      else return;
      event.preventDefault();
    };
    addEventListener("keydown", onKey, { capture: true });
    return () => removeEventListener("keydown", onKey, { capture: true });
  }, [isDrawing, editor]);
}
