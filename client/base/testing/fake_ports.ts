import type { PortLike } from "../worker_handle.ts";

/** Two ends of a port; what is said waits until `deliver`, and goes nowhere once either is closed. */
export function portPair() {
  const waiting: (() => void)[] = [];
  let isClosed = false;
  const make = () =>
    ({ onmessage: null, postMessage() {}, close: () => isClosed = true }) as PortLike;
  const [a, b] = [make(), make()];
  const join = (from: PortLike, to: PortLike) => {
    from.postMessage = (data: unknown) => {
      if (isClosed) return;
      waiting.push(() => to.onmessage?.call({} as MessagePort, { data } as MessageEvent));
    };
  };
  join(a, b);
  join(b, a);
  const deliver = () => {
    while (waiting.length > 0) waiting.shift()!();
  };
  return { a, b, deliver };
}
