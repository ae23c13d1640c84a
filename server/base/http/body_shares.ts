import type { Share } from "./places.ts";

const shares = new WeakMap<Request, Share>();

/** Has what is kept of a request's body counted until it is whole. */
export function meterBody(request: Request, share: Share): void {
  shares.set(request, share);
}

/** What the body of a request is counted on; not there: it did not come by a listener of ours. */
export function shareOf(request: Request): Share | undefined {
  return shares.get(request);
}
