import type { ReadonlySignal } from "@preact/signals";
import { useState } from "preact/hooks";
import { storedSwitch } from "../base/stored_switch.ts";
import { ChartTable } from "./chart_table.tsx";
import { ChartView } from "./chart_view.tsx";
import type { DashboardView } from "./history_recorder.ts";
import { type Panel, panelsOf } from "./panels.ts";

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
export function Dashboard({ view }: { view: ReadonlySignal<DashboardView> }) {
  const { isOpen, onToggle } = useRemembered("open", false);
  return (
    <details class="dashboard" open={isOpen} onToggle={onToggle} data-testid="dashboard">
      <summary>
        <h2>Dashboard</h2>
        <span class="small soft">charts of the last half hour</span>
      </summary>
      {isOpen && <Panels view={view} />}
    </details>
  );
}

function Panels({ view }: { view: ReadonlySignal<DashboardView> }) {
  return (
    <div class="dashboard-panels">
      {panelsOf(view.value).map((panel) => (
        <PanelView key={panel.id} panel={panel} view={view.value} />
      ))}
    </div>
  );
}

function PanelView({ panel, view }: { panel: Panel; view: DashboardView }) {
  const { isOpen, onToggle } = useRemembered(panel.id, true);
  return (
    <details class="panel dashboard-panel" open={isOpen} onToggle={onToggle}>
      <summary>
        <h3>{panel.title}</h3>
        {panel.unit !== null && <span class="small soft">{panel.unit}</span>}
      </summary>
      {isOpen && (
        <>
          <ChartView panel={panel} view={view} />
          <ChartTable panel={panel} history={view.history} />
        </>
      )}
    </details>
  );
}
