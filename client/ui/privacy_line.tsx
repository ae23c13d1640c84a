import type { Mode } from "@/protocol";

/** Says in one sentence where the frames of this room go. */
export function PrivacyLine({ mode }: { mode: Mode }) {
  const sentence = mode === "off"
    ? "Video goes from the phone to this browser and is only shown."
    : "Video goes from the phone to this browser and is examined here. No frame reaches the server.";
  return <p class="small soft" data-testid="privacy">{sentence}</p>;
}
