import type { Rate } from "@/protocol";

/** Frames of one phone: ours sends 10 a second at most. */
export const FRAME_RATE: Rate = { perSecond: 15, burst: 5 };

/** KiB of frames of one phone. Ten a second of 60 kB fit twice. */
export const KIB_RATE: Rate = { perSecond: 1024, burst: 2048 };
