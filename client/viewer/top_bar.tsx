import { DetectorProgress } from "../ui/detector_status.tsx";
import { RecordingMark } from "../ui/recording_panel.tsx";
import { Vitals } from "../ui/vitals.tsx";
import type { ViewerActions } from "./viewer_actions.ts";
import type { ViewerState } from "./viewer_state.ts";

/** The one line that matters, and what concerns the page as a whole. */
export function TopBar({ state, actions }: { state: ViewerState; actions: ViewerActions }) {
  const { connection, links, selected, run, figures, model, config, recording } = state;
  const { side, load, detector } = run.value;
  return (
    <header class="top-bar">
      <h1>
        <img src="/favicon.svg" alt="Peerlens" />
        <span aria-hidden="true">Peerlens</span>
      </h1>
      <div class="status-line detector-slot">
        <p class={`state-dot ${connection.value.mood}`} data-testid="state" role="status">
          {connection.value.words}
        </p>
        <RecordingMark view={recording.value} />
        <DetectorProgress state={detector} />
        {selected.value?.mood === "good" && (
          <Vitals
            figures={figures.value}
            model={model.value?.title ?? null}
            side={side}
            level={load.level}
          />
        )}
        {selected.value !== null && (
          <button
            type="button"
            class="link"
            onClick={() => actions.showSection("details")}
          >
            Details
          </button>
        )}
      </div>
      <div class="page-actions">
        {links.value !== null && (
          <button
            type="button"
            class="button"
            onClick={() => actions.showSection("share")}
          >
            Share
          </button>
        )}
        <button type="button" class="button" onClick={() => actions.perform("full-screen")}>
          Full screen
        </button>
        {config.value?.isSignedIn && (
          <form action="/sign-out" method="post">
            <button type="submit" class="button">Sign out</button>
          </form>
        )}
        <button
          type="button"
          class="button"
          aria-label="Keyboard shortcuts"
          onClick={() => actions.perform("help")}
        >
          ?
        </button>
      </div>
    </header>
  );
}
