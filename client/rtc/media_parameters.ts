import { CAMERA_PROFILES, type Profile } from "@/protocol";

/** A phone's picture on its way out. */
export interface OutgoingVideo {
  readonly track: MediaStreamTrack;
  readonly profile: Profile;
}

/**
 * `motion`, not `detail`: in Chromium and Safari `detail` makes the encoder treat a camera as a
 * shared screen, which raises its latency. Sharp frames are asked for by
 * {@linkcode withProfile} instead.
 */
export const CONTENT_HINT = "motion";

/**
 * The parameters of a sender with the caps of `profile`. When the link or the encoder cannot keep
 * up, frames are left out and none made smaller: a detector gains nothing from 30 blurred frames
 * when it looks at 15, but loses every small object with the pixels.
 */
export function withProfile(
  parameters: RTCRtpSendParameters,
  profile: Profile,
): RTCRtpSendParameters {
  const { maxBitrateBps, fps } = CAMERA_PROFILES[profile];
  const encodings = parameters.encodings.map((encoding) => ({
    ...encoding,
    maxBitrate: maxBitrateBps,
    maxFramerate: fps,
  }));
  return { ...parameters, encodings, degradationPreference: "maintain-resolution" };
}

/** Applies {@linkcode withProfile}; browsers that do not take it keep their own limits. */
export async function applyProfile(sender: RTCRtpSender, profile: Profile): Promise<void> {
  const parameters = sender.getParameters();
  // Firefox before 110 has no encodings until it has negotiated, and refuses to add some.
  if ((parameters.encodings ?? []).length === 0) return;
  await sender.setParameters(withProfile(parameters, profile));
}

/** Asks for no more delay than the network's jitter makes necessary. */
export function preferLowDelay(receiver: RTCRtpReceiver): void {
  if ("jitterBufferTarget" in receiver) receiver.jitterBufferTarget = 0;
  // The older name of the same wish, in seconds.
  else if ("playoutDelayHint" in receiver) {
    (receiver as { playoutDelayHint: number }).playoutDelayHint = 0;
  }
}
