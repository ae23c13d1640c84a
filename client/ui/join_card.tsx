import type { ComponentChildren } from "preact";
import { FileButton } from "./file_button.tsx";
import { JoinPanel, type JoinPanelProps } from "./join_panel.tsx";

/** All ways to a picture: a phone, what this computer has, and what else there is. */
export function JoinCard({ links, onRequestCode, onCamera, onFile, children }: JoinPanelProps & {
  onCamera: () => void;
  onFile: (file: File) => void;
  /** Further {@linkcode Ways}, such as what the server has. */
  children?: ComponentChildren;
}) {
  return (
    <div class="join-card">
      <JoinPanel links={links} onRequestCode={onRequestCode} />
      <Ways name="Without a phone" lead="No phone at hand?">
        <button type="button" class="button" onClick={onCamera}>Use this computer's camera</button>
        <FileButton
          words="Open a video file"
          label="Video file"
          accept="video/*"
          testId="video-file"
          onFile={onFile}
        />
      </Ways>
      {children}
    </div>
  );
}

/** Ways to a picture that have something in common, in one line. */
export function Ways({ name, lead, children }: {
  /** For those who do not see that they stand together. */
  name: string;
  lead: string;
  children: ComponentChildren;
}) {
  return (
    <div class="row ways" role="group" aria-label={name}>
      <span class="soft">{lead}</span>
      {children}
    </div>
  );
}
