import { type ReadonlySignal, type Signal, useSignal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { storedSwitch } from "../base/stored_switch.ts";
import { ChartTable } from "./chart_table.tsx";
import { ChartView, isChart } from "./chart_view.tsx";
import type { DashboardView } from "./history_recorder.ts";
import { type Panel, panelsOf } from "./panels.ts";
import { type PointedMs, stillPointed } from "./pointer.ts";

/** A `<details>` whose state is remembered on this device. */
function useRemembered(id: string, isOnAtFirst: boolean) {
  const [stored] = useState(() =>
    storedSwitch(`peerlens.dashboard.${id}`, { storage: () => localStorage, isOnAtFirst })
  );
  const [isOpen, setOpen] = useState(stored.isOn());
  return {
    isOpen,
    onToggle(event: Event & { readonly currentTarget: HTMLDetailsElement }): void {
      // Those of the panels come up from within.
      if (event.target !== event.currentTarget) return;
      stored.set(event.currentTarget.open);
      setOpen(event.currentTarget.open);
    },
  };
}

/** Charts of what was measured over the last half hour. Shut, it costs nothing. */
export function Dashboard({ view, isOpen }: {
  view: ReadonlySignal<DashboardView>;
  isOpen: boolean;
}) {
  const section = useRef<HTMLElement>(null);
  const wasOpen = useRef(isOpen);
  useEffect(() => {
    // It is below what a window shows.
    if (isOpen && !wasOpen.current) section.current!.scrollIntoView();
    wasOpen.current = isOpen;
  }, [isOpen]);
  return (
    <section
      ref={section}
      class="dashboard"
      id="dashboard"
      data-testid="dashboard"
      aria-labelledby="dashboard-heading"
      hidden={!isOpen}
    >
      <h2 id="dashboard-heading">
        Dashboard <span class="small soft">charts of the last half hour</span>
      </h2>
      {isOpen && <Panels view={view} />}
    </section>
  );
}

function Panels({ view }: { view: ReadonlySignal<DashboardView> }) {
  // Of all charts at once: what happened in a second is in several of them.
  const pointed = useSignal<PointedMs>(null);
  useEffect(() => {
    // A finger that touches anything else is done with reading.
    const listener = ({ target }: Event) => {
      if (!isChart(target)) pointed.value = null;
    };
    document.addEventListener("pointerdown", listener);
    return () => document.removeEventListener("pointerdown", listener);
  }, []);
  return (
    <div class="dashboard-panels">
      {panelsOf(view.value).map((panel) => (
        <PanelView key={panel.id} panel={panel} view={view.value} pointed={pointed} />
      ))}
    </div>
  );
}

function PanelView({ panel, view, pointed }: {
  panel: Panel;
  view: DashboardView;
  pointed: Signal<PointedMs>;
}) {
  const { isOpen, onToggle } = useRemembered(panel.id, true);
  const pointedMs = stillPointed(view.history, pointed.value);
  return (
    <details class="panel dashboard-panel" open={isOpen} onToggle={onToggle}>
      <summary>
        <h3>{panel.title}</h3>
        {panel.unit !== null && <span class="small soft">{panel.unit}</span>}
      </summary>
      {isOpen && (
        <>
          <ChartView
            panel={panel}
            view={view}
            pointedMs={pointedMs}
            onPoint={(next) => pointed.value = next}
          />
          <ChartTable panel={panel} history={view.history} pointedMs={pointedMs} />
        </>
      )}
    </details>
  );
}
