/** What a page learns of its surroundings, reduced to the two facts that connections act on. */
export interface PageEvents {
  /** The page can work again: it is visible, back from the cache, or the network came back. */
  onWake(): void;
  /** The network path may be another one now, e.g. from Wi-Fi to mobile data. */
  onNetworkChange(): void;
}

/** Starts watching; the result stops it. */
export type WatchPage = (events: PageEvents) => () => void;

/** Watches the real page. `navigator.connection` is Chromium's; `online` covers the others. */
export const watchPage: WatchPage = (events) => {
  const stop = new AbortController();
  const { signal } = stop;
  const onVisible = () => {
    if (document.visibilityState === "visible") events.onWake();
  };
  document.addEventListener("visibilitychange", onVisible, { signal });
  addEventListener("pageshow", (event) => {
    if (event.persisted) events.onWake();
  }, { signal });
  addEventListener("online", () => {
    events.onWake();
    events.onNetworkChange();
  }, { signal });
  const connection = (navigator as { connection?: EventTarget }).connection;
  connection?.addEventListener?.("change", () => events.onNetworkChange(), { signal });
  return () => stop.abort();
};
