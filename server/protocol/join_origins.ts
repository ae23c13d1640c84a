// This module is browser compatible.
import * as v from "valibot";

/** Origins that a phone can open, the likeliest first, e.g. `https://192.168.1.20:3443`. */
export const joinOriginListSchema = v.array(v.object({
  origin: v.string(),
  label: v.string(),
  /** It leads here from everywhere, with a certificate that phones know. */
  isTunnel: v.exactOptional(v.boolean()),
}));
