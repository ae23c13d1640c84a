import { useEffect, useRef } from "preact/hooks";
import { FileButton } from "./file_button.tsx";

/** One phone to choose from; while another is shown large, with a small picture of its own. */
export function PhoneButton({ name, words, track, isShown, onChoose }: {
  name: string;
  /** Its connection in words. */
  words: string;
  track: MediaStreamTrack | null;
  /** It is the one shown large. */
  isShown: boolean;
  onChoose: () => void;
}) {
  return (
    <button
      type="button"
      class="button"
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

/** For those without a phone at hand: this computer's camera, or a video file. */
export function LocalSourceButtons({ onCamera, onFile }: {
  onCamera: () => void;
  onFile: (file: File) => void;
}) {
  return (
    <div class="row local-sources" role="group" aria-label="Without a phone">
      <span class="soft">No phone at hand?</span>
      <button type="button" class="button" onClick={onCamera}>Use this computer's camera</button>
      <FileButton
        words="Open a video file"
        label="Video file"
        accept="video/*"
        testId="video-file"
        onFile={onFile}
      />
    </div>
  );
}
