import type { PrivacyState } from "@/protocol";

const SENTENCES: Readonly<Record<PrivacyState["frames"], string>> = {
  off: "Video goes from the phone to this browser and is only shown.",
  local: "Video goes from the phone to this browser and is examined here.",
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

/** Says where the frames of this room go. */
export function PrivacyLine({ frames, eventsTo, isLocal }: {
  frames: PrivacyState["frames"];
  eventsTo: PrivacyState["eventsTo"];
  /** What is shown is this computer's own. */
  isLocal: boolean;
}) {
  const sentence = (isLocal ? LOCAL_SENTENCES : SENTENCES)[frames];
  // "No frame reaches the server" would not be true then.
  const rest = eventsTo === null
    ? frames === "local" && !isLocal ? " No frame reaches the server." : ""
    : ` A picture of each event in a zone goes through the Peerlens server to ${eventsTo}.`;
  return <p class="small soft" data-testid="privacy">{sentence + rest}</p>;
}
