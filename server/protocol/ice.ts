// This module is browser compatible.
import * as v from "valibot";

/** One entry of `RTCConfiguration.iceServers`. Its credential is a secret of the room's members. */
export const iceServerSchema = v.object({
  urls: v.array(v.string()),
  username: v.exactOptional(v.string()),
  credential: v.exactOptional(v.string()),
});
/** See {@linkcode iceServerSchema}. */
export type IceServer = v.InferOutput<typeof iceServerSchema>;

/** Whether any of these is a TURN server: two devices without a path between them can then meet. */
export function hasTurn(servers: readonly IceServer[]): boolean {
  return servers.some(({ urls }) => urls.some((url) => /^turns?:/i.test(url)));
}
