// This module is browser compatible.
import * as v from "valibot";
import { MAX_CANDIDATE_CHARS, MAX_SDP_CHARS } from "./limits.ts";

/** An SDP; its content is for the WebRTC library of the other side. */
export const sdpSchema = v.pipe(v.string(), v.minLength(1), v.maxLength(MAX_SDP_CHARS));

/** RTCIceCandidateInit as browsers serialise it; `null` marks the end of candidates. */
export const iceCandidateInitSchema = v.nullable(v.object({
  candidate: v.pipe(v.string(), v.maxLength(MAX_CANDIDATE_CHARS)),
  sdpMid: v.optional(v.nullable(v.pipe(v.string(), v.maxLength(64)))),
  sdpMLineIndex: v.optional(
    v.nullable(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(255))),
  ),
  usernameFragment: v.optional(v.nullable(v.pipe(v.string(), v.maxLength(256)))),
}));
/** See {@linkcode iceCandidateInitSchema}. */
export type IceCandidateInit = v.InferOutput<typeof iceCandidateInitSchema>;
