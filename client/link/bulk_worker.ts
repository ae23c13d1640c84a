import { epochMs } from "../base/epoch.ts";
import { consoleLog } from "../base/log.ts";
import type { PageEvents } from "../base/page_events.ts";
import { pageTimers } from "../base/timers.ts";
import { Bulk } from "./bulk.ts";
import type { FromBulk, ToBulk } from "./bulk_messages.ts";
import { openTransport } from "./open_transport.ts";
import { TransportMemory } from "./transport_choice.ts";

// ENTRY of the Worker that has a page's bulk link: what goes over it waits for no page, which may be busy.

/** What a Worker's global scope has that a window's has not; the two DOM libraries exclude each other. */
const scope = self as unknown as {
  onmessage: (event: MessageEvent<ToBulk>) => void;
  postMessage(message: FromBulk): void;
  close(): void;
};

/** So long the link has to say goodbye. */
const LINGER_MS = 1_000;

let bulk: Bulk | null = null;
let transports = new TransportMemory();
const watching = new Set<PageEvents>();

scope.onmessage = ({ data: message }) => {
  switch (message.kind) {
    case "start":
      return start(message);
    case "attempt":
      return transports.note(message.attempt);
    case "open":
      return bulk?.open(message.topic, message);
    case "close":
      return bulk?.close(message.id);
    case "ticket":
      return bulk?.ticket(message.ticket);
    case "wake":
      return bulk?.wake(message.wasSilent);
    case "page":
      for (const events of watching) {
        if (message.event === "wake") events.onWake();
        else events.onNetworkChange();
      }
      return;
    case "end":
      bulk?.end();
      setTimeout(() => scope.close(), LINGER_MS);
  }
};

function start({ origin, pageOriginMs, transports: known }: Extract<ToBulk, { kind: "start" }>) {
  transports = new TransportMemory(known);
  bulk = new Bulk({
    origin,
    openTransport,
    transports,
    timers: { ...pageTimers, nowMs: () => epochMs() - pageOriginMs },
    watchPage(events) {
      watching.add(events);
      return () => watching.delete(events);
    },
    random: Math.random,
    log: consoleLog,
    askForTicket: () => scope.postMessage({ kind: "ticket-wanted" }),
  });
}

scope.postMessage({ kind: "ready" });
