import { EVENT_KINDS, type EventKind } from "@/protocol";
import { ClassFilter } from "../ui/class_filter.tsx";
import { MAX_ZONES, type Zone } from "./zone.ts";
import type { ZoneEditor } from "./zone_editor.ts";
import type { ZoneCount } from "./zone_watch.ts";
import { classWords, countWords } from "./zone_words.ts";
import type { EditorView } from "./zones_state.ts";

const KIND_WORDS: Readonly<Record<EventKind, string>> = {
  enter: "when an object enters",
  leave: "when an object leaves",
};

/** What the panel shows, and what it changes. */
export interface ZonesPanelProps {
  readonly zones: readonly Zone[];
  readonly counts: readonly ZoneCount[];
  readonly view: EditorView;
  readonly problem: string | null;
  /** Without a picture there is nothing to draw on. */
  readonly hasPicture: boolean;
  /** Of the model, in class order. */
  readonly labels: readonly string[];
  readonly editor: ZoneEditor;
  readonly onReset: () => void;
}

/** Draws zones, and lists them with what they have counted. */
export function ZonesPanel(props: ZonesPanelProps) {
  const { zones, counts, view, problem, hasPicture, labels, editor, onReset } = props;
  const isFull = zones.length >= MAX_ZONES;
  return (
    <section class="panel" aria-labelledby="zones-heading" data-testid="zones-panel">
      <h2 id="zones-heading">Zones</h2>
      <p class="small soft">
        An object is in a zone when the middle of the bottom edge of its box is. Zones do not appear
        in snapshots and recordings.
      </p>
      {view.kind === "drawing" ? <DrawingControls editor={editor} /> : (
        <div class="row">
          <button
            type="button"
            class="button"
            disabled={isFull || !hasPicture}
            onClick={() => editor.draw()}
          >
            Draw a zone
          </button>
          <button
            type="button"
            class="button"
            disabled={isFull}
            onClick={() => editor.addInMiddle()}
          >
            Add a rectangle
          </button>
        </div>
      )}
      {problem !== null && <p class="small" role="alert">{problem}</p>}
      {zones.length > 0 && (
        <ul role="list" class="zone-list" aria-label="Zones">
          {zones.map((zone) => (
            <ZoneRow
              key={zone.id}
              zone={zone}
              count={counts.find(({ zoneId }) => zoneId === zone.id)}
              labels={labels}
              isShaped={view.kind === "shaping" && view.zoneId === zone.id}
              editor={editor}
            />
          ))}
        </ul>
      )}
      {zones.length > 0 && (
        <button type="button" class="link" onClick={onReset}>Reset zone counts</button>
      )}
    </section>
  );
}

function DrawingControls({ editor }: { editor: ZoneEditor }) {
  return (
    <>
      <p class="small" role="status">
        Click the corners on the picture, or drag a rectangle. Click the first corner or press Enter
        to finish, Backspace to undo a corner, Escape to cancel.
      </p>
      <div class="row">
        <button type="button" class="button primary" onClick={() => editor.finish()}>Done</button>
        <button type="button" class="button" onClick={() => editor.stop()}>Cancel</button>
      </div>
    </>
  );
}

function ZoneRow({ zone, count, labels, isShaped, editor }: {
  zone: Zone;
  count: ZoneCount | undefined;
  labels: readonly string[];
  isShaped: boolean;
  editor: ZoneEditor;
}) {
  const { id, name } = zone;
  return (
    <li>
      <div class="row zone-row">
        <input
          type="text"
          aria-label={`Name of ${name}`}
          value={name}
          maxLength={40}
          onChange={(event) => {
            const field = event.currentTarget;
            field.value = editor.rename(id, field.value);
          }}
        />
        <button
          type="button"
          class="button"
          aria-pressed={isShaped}
          onClick={() => isShaped ? editor.stop() : editor.shape(id)}
        >
          Shape<span class="visually-hidden">&nbsp;of {name}</span>
        </button>
        <button type="button" class="button" onClick={() => editor.remove(id)}>
          Delete<span class="visually-hidden">&nbsp;{name}</span>
        </button>
      </div>
      <p class="zone-count" data-testid={`zone-count-${id}`}>{countWords(count)}</p>
      <p class="small soft zone-classes">{count === undefined ? "" : classWords(count)}</p>
      <details>
        <summary class="small">Events and classes for {name}</summary>
        {EVENT_KINDS.map((kind) => (
          <label key={kind} class="check small">
            <input
              type="checkbox"
              checked={zone.kinds.includes(kind)}
              onChange={(event) => editor.set(id, { kinds: toggled(zone, kind, event) })}
            />{" "}
            Event {KIND_WORDS[kind]}
          </label>
        ))}
        <ClassFilter
          labels={labels}
          chosen={idsOf(zone, labels)}
          onChange={(chosen) => editor.set(id, { classes: namesOf(chosen, labels) })}
        />
      </details>
    </li>
  );
}

function toggled(
  { kinds }: Zone,
  kind: EventKind,
  { currentTarget }: { readonly currentTarget: { readonly checked: boolean } },
): readonly EventKind[] {
  const isOn = (other: EventKind) => other === kind ? currentTarget.checked : kinds.includes(other);
  return EVENT_KINDS.filter(isOn);
}

function idsOf({ classes }: Zone, labels: readonly string[]): ReadonlySet<number> | null {
  if (classes === null) return null;
  return new Set(classes.map((name) => labels.indexOf(name)).filter((id) => id >= 0));
}

function namesOf(
  chosen: ReadonlySet<number> | null,
  labels: readonly string[],
): readonly string[] | null {
  return chosen === null
    ? null
    : [...chosen].sort((a, b) => a - b).flatMap((id) => labels[id] ?? []);
}
