import type { Rate } from "../rate_limit.ts";

/** Frames of one phone: ours sends 10 a second at most. */
export const FRAME_RATE: Rate = { perSecond: 15, burst: 5 };

/** KiB of frames of one phone. Ten a second of 60 kB fit twice. */
export const KIB_RATE: Rate = { perSecond: 1024, burst: 2048 };

/** Viewers of all phones that a server relays to unless configured otherwise. */
export const DEFAULT_MAX_RELAYS = 8;
