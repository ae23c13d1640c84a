import type { PrivacyState } from "@/protocol";

const SENTENCES: Readonly<Record<PrivacyState["frames"], string>> = {
  off: "Video goes from the phone to this browser and is only shown.",
  local: "Video goes from the phone to this browser, which looks for objects in it.",
  server: "Video goes from the phone to this browser, which sends single frames to the Peerlens " +
    "server. The server looks for objects in them.",
};

/** How the sentences end where there is no direct way. */
const RELAYED_ENDINGS: typeof SENTENCES = {
  off: "to this browser and are only shown. The server keeps none.",
  local: "to this browser and are examined here. The server keeps none.",
  server:
    "to this browser, which sends single frames back to be examined there. The server keeps " +
    "none.",
};

/** The same of a camera or a file of this computer. */
const LOCAL_SENTENCES: typeof SENTENCES = {
  off: "This computer's video stays in this browser and is only shown.",
  local: "This computer's video stays in this browser, which looks for objects in it.",
  server:
    "This computer's video stays in this browser, which sends single frames to the Peerlens " +
    "server to be examined there.",
};

/** The same of a camera of the server: its pictures are the server's own, so nobody is asked for consent. */
const SERVER_CAMERA_SENTENCES: typeof SENTENCES = {
  off: "Video comes from the Peerlens server and is only shown.",
  local: "Video comes from the Peerlens server to this browser, which looks for objects in it.",
  server:
    "Video comes from the Peerlens server, which has objects looked for in it, there or on machines of " +
    "its own. These are its own pictures, so it needs no consent, and this browser sends it none.",
};

/** The same of an endpoint that the operator of the server named. */
const ENDPOINT_SENTENCES: typeof SENTENCES = {
  off: "Video goes from the camera to this browser and is only shown.",
  local: "Video goes from the camera to this browser, which looks for objects in it.",
  server: "Video goes from the camera to this browser, which sends single frames to the Peerlens " +
    "server to be examined there.",
};

/** What is shown: of a phone, of this computer, of the server, or of an endpoint that the server names. */
export type SourceKind = "phone" | "computer" | "camera" | "endpoint";

const BY_SOURCE: Readonly<Record<SourceKind, typeof SENTENCES>> = {
  phone: SENTENCES,
  computer: LOCAL_SENTENCES,
  camera: SERVER_CAMERA_SENTENCES,
  endpoint: ENDPOINT_SENTENCES,
};

/** Says where the frames of this room go. */
export function PrivacyLine({ frames, eventsTo, relayHost, source }: {
  frames: PrivacyState["frames"];
  eventsTo: PrivacyState["eventsTo"];
  /** The server that pictures come through; `null`: they come directly. */
  relayHost: string | null;
  source: SourceKind;
}) {
  const sentence = relayHost === null
    ? BY_SOURCE[source][frames]
    : `Pictures go from the phone through the Peerlens server at ${relayHost} ` +
      RELAYED_ENDINGS[frames];
  // "No frame reaches the server" would not be true then.
  const rest = eventsTo === null
    ? frames === "local" && source === "phone" && relayHost === null
      ? " No frame reaches the server."
      : ""
    : ` A picture of each event in a zone goes through the Peerlens server to ${eventsTo}.`;
  return <p class="small soft" data-testid="privacy">{sentence + rest}</p>;
}
