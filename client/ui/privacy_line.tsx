import type { PrivacyState } from "@/protocol";

const SENTENCES: Readonly<Record<PrivacyState["frames"], string>> = {
  off: "Video goes from the phone to this browser and is only shown.",
  local: "Video goes from the phone to this browser and is examined here. " +
    "No frame reaches the server.",
  server: "Video goes from the phone to this browser, which sends single frames to the Peerlens " +
    "server to be examined there.",
};

/** Says in one sentence where the frames of this room go. */
export function PrivacyLine({ frames }: { frames: PrivacyState["frames"] }) {
  return <p class="small soft" data-testid="privacy">{SENTENCES[frames]}</p>;
}
