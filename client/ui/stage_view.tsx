import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { useFileDrop } from "./use_file_drop.ts";

/** What the stage shows, and who fills it. */
export interface StageViewProps {
  readonly mirror: boolean;
  /** A sentence over the picture; `null` for none. */
  readonly note: string | null;
  /** What to do where nothing is found; only where there is no note. */
  readonly hint: string | null;
  /** Over the picture, in its place. */
  readonly overlay: ComponentChildren;
  /** Covers the stage while there is no video. */
  readonly children: ComponentChildren;
  /** A file was dropped on it. */
  readonly onFile: (file: File) => void;
  /** Given the elements once; what it returns is called when they go. */
  readonly onMount: (
    elements: { video: HTMLVideoElement; canvas: HTMLCanvasElement },
  ) => () => void;
}

/** The picture with its boxes. Its size follows the window and never the video. */
export function StageView(props: StageViewProps) {
  const { mirror, note, hint, overlay, children, onFile, onMount } = props;
  const video = useRef<HTMLVideoElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => onMount({ video: video.current!, canvas: canvas.current! }), [onMount]);
  const { isTarget, handlers } = useFileDrop(onFile);
  const isCovered = children !== null;
  return (
    <div
      class={`stage ${isCovered ? "inviting" : ""} ${isTarget ? "target" : ""}`}
      data-testid="stage"
      {...handlers}
    >
      <video
        ref={video}
        data-testid="video"
        class={mirror ? "mirror" : ""}
        aria-label="Video of the camera"
        autoplay
        muted
        playsinline
      />
      {/* Alone in its place: the canvas is exchanged behind the component's back. */}
      <div class="stage-picture">
        <canvas ref={canvas} data-testid="overlay" aria-hidden="true" />
      </div>
      {overlay}
      {isCovered && <div class="stage-cover">{children}</div>}
      {note !== null && <p class="stage-note" role="status">{note}</p>}
      {note === null && hint !== null && <p class="stage-note hint" role="status">{hint}</p>}
    </div>
  );
}
