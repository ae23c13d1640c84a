import type { PeerId } from "@/protocol";
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";

/** A source as the strip shows it. */
export interface StripSource {
  readonly id: PeerId;
  readonly name: string;
  /** Its connection in words. */
  readonly words: string;
  readonly track: MediaStreamTrack | null;
  /** What this page may do with it: buttons, or nothing. */
  readonly buttons: ComponentChildren;
}

/** Sources of one kind. */
export interface StripGroup {
  readonly name: string;
  readonly sources: readonly StripSource[];
}

/** Everything that can be looked at, as small live pictures; a press makes one the large one. */
export function SourceStrip({ groups, shownId, onChoose }: {
  /** One without sources is not shown. */
  groups: readonly StripGroup[];
  shownId: PeerId | null;
  onChoose: (id: PeerId) => void;
}) {
  return (
    <div class="strip" role="group" aria-label="Sources">
      {groups.filter(({ sources }) => sources.length > 0).map(({ name, sources }) => (
        <div key={name} class="strip" role="group" aria-label={name}>
          {sources.map((source) => (
            <div key={source.id} class="tile">
              <SourceButton
                {...source}
                isShown={source.id === shownId}
                onChoose={() => onChoose(source.id)}
              />
              {source.buttons}
            </div>
          ))}
        </div>
      ))}
    </div>
  );
}

function SourceButton(
  { name, words, track, isShown, onChoose }: Omit<StripSource, "id" | "buttons"> & {
    /** It is the one shown large. */
    isShown: boolean;
    onChoose: () => void;
  },
) {
  return (
    <button
      type="button"
      class="source"
      data-testid="phone"
      aria-pressed={isShown}
      onClick={onChoose}
    >
      {!isShown && track !== null && <Thumbnail track={track} />}
      {name}
      <span class="visually-hidden">: {words}</span>
    </button>
  );
}

/** Plain video: only the large picture is examined. */
function Thumbnail({ track }: { track: MediaStreamTrack }) {
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    video.current!.srcObject = new MediaStream([track]);
    // By itself it would wait until it is scrolled into sight.
    video.current!.play().catch(() => undefined);
  }, [track]);
  return <video ref={video} class="thumbnail" aria-hidden="true" muted playsinline />;
}
