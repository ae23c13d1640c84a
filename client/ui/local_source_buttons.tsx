import { useRef } from "preact/hooks";

/** For those without a phone at hand: this computer's camera, or a video file. */
export function LocalSourceButtons({ onCamera, onFile }: {
  onCamera: () => void;
  onFile: (file: File) => void;
}) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <div class="row local-sources" role="group" aria-label="Without a phone">
      <span class="soft">No phone at hand?</span>
      <button type="button" class="button" onClick={onCamera}>Use this computer's camera</button>
      <button type="button" class="button" onClick={() => input.current!.click()}>
        Open a video file
      </button>
      <input
        ref={input}
        type="file"
        accept="video/*"
        aria-label="Video file"
        data-testid="video-file"
        hidden
        onChange={(event) => {
          const field = event.currentTarget;
          const file = field.files?.[0];
          if (file !== undefined) onFile(file);
          // The same file can be chosen again.
          field.value = "";
        }}
      />
    </div>
  );
}
