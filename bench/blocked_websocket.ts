/**
 * Runs in a page before anything else: every WebSocket fails, as behind a proxy that knows none, and as
 * Safari's does on a host whose certificate it does not know.
 */
export function blockWebSocket(): void {
  const Real = globalThis.WebSocket;
  globalThis.WebSocket = class extends Real {
    constructor(url: string | URL) {
      // Nothing listens on the discard port: an `error` and a `close` follow, and never an `open`.
      super(`wss://${new URL(url).hostname}:9/`);
    }
  };
}
