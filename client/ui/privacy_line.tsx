import type { PrivacyState } from "@/protocol";

const SENTENCES: Readonly<Record<PrivacyState["frames"], string>> = {
  off: "Video goes from the phone to this browser and is only shown.",
  local: "Video goes from the phone to this browser and is examined here. " +
    "No frame reaches the server.",
  server: "Video goes from the phone to this browser, which sends single frames to the Peerlens " +
    "server to be examined there.",
};

/** The same of a camera or a file of this computer. */
const LOCAL_SENTENCES: typeof SENTENCES = {
  off: "This computer's video stays in this browser and is only shown.",
  local: "This computer's video stays in this browser and is examined here.",
  server:
    "This computer's video stays in this browser, which sends single frames to the Peerlens " +
    "server to be examined there.",
};

/** Says in one sentence where the frames of this room go. */
export function PrivacyLine({ frames, isLocal }: {
  frames: PrivacyState["frames"];
  /** What is shown is this computer's own. */
  isLocal: boolean;
}) {
  const sentence = (isLocal ? LOCAL_SENTENCES : SENTENCES)[frames];
  return <p class="small soft" data-testid="privacy">{sentence}</p>;
}
