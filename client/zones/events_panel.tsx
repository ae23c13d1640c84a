import { deliveryWords } from "./delivery_words.ts";
import { MAX_EVENTS, snapshotUrl } from "./zone_events.ts";
import { eventWords } from "./zone_words.ts";
import type { EventTotals, ListedEvent, WebhookView } from "./zones_state.ts";

/** What the panel shows, and what it asks for. */
export interface EventsPanelProps {
  /** The newest first. */
  readonly events: readonly ListedEvent[];
  readonly totals: EventTotals;
  readonly webhook: WebhookView;
  readonly onSave: () => void;
  readonly onClear: () => void;
  readonly onWebhook: (isOn: boolean) => void;
}

/** What has entered and left zones, and whether others are told. */
export function EventsPanel(props: EventsPanelProps) {
  const { events, totals, webhook, onSave, onClear, onWebhook } = props;
  return (
    <section class="panel" aria-labelledby="events-heading" data-testid="events-panel">
      <h2 id="events-heading">Events</h2>
      {webhook.host !== null && (
        <WebhookSwitch host={webhook.host} isOn={webhook.isOn} totals={totals} onSet={onWebhook} />
      )}
      <div class="row">
        <button type="button" class="button" disabled={events.length === 0} onClick={onSave}>
          Save events (NDJSON)
        </button>
        <button type="button" class="button" disabled={events.length === 0} onClick={onClear}>
          Clear events
        </button>
      </div>
      <p class="small soft">
        {events.length === 0
          ? "Nothing has entered or left a zone yet."
          : `The newest ${MAX_EVENTS} are kept until you leave this page.`}
      </p>
      {events.length > 0 && (
        <ol class="event-list" role="list" aria-label="Events" tabIndex={0}>
          {events.map((listed) => <EventRow key={listed.event.id} {...listed} />)}
        </ol>
      )}
    </section>
  );
}

function WebhookSwitch({ host, isOn, totals, onSet }: {
  host: string;
  isOn: boolean;
  totals: EventTotals;
  onSet: (isOn: boolean) => void;
}) {
  return (
    <div>
      <label class="check">
        <input
          type="checkbox"
          checked={isOn}
          onChange={(event) => onSet(event.currentTarget.checked)}
        />{" "}
        Send events to the webhook at {host}
      </label>
      <p class="small soft">
        Each event then leaves this browser with a picture. It goes to the Peerlens server, which
        passes it on to {host}. The phone shows this too.
      </p>
      {totals.delivered + totals.lost > 0 && (
        <p class="small" data-testid="webhook-totals">
          {totals.delivered} delivered, {totals.lost} not.
        </p>
      )}
    </div>
  );
}

function EventRow({ event, delivery }: ListedEvent) {
  const words = eventWords(event);
  const state = deliveryWords(delivery);
  return (
    <li data-testid="event">
      {event.snapshot === null
        ? <span class="event-picture soft small">no picture</span>
        : <img class="event-picture" src={snapshotUrl(event.snapshot)} alt={words} />}
      <p class="small">
        <strong>{words}</strong>
        <br />
        <time dateTime={new Date(event.capture_ts).toISOString()}>
          {new Date(event.capture_ts).toLocaleTimeString()}
        </time>
        {state !== null && (
          <>
            <br />
            <span class={delivery.kind === "lost" ? "event-lost" : "soft"}>{state}</span>
          </>
        )}
      </p>
    </li>
  );
}
