/** The part of what all rooms share that one of them may take, in percent. */
export const ROOM_SHARE_PERCENT = 50;

/** How many of `places` one room may take, so that it leaves some to others; at least one. */
export function roomShare(places: number): number {
  return Math.ceil(places * ROOM_SHARE_PERCENT / 100);
}
