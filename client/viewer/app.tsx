import { Dashboard } from "../dashboard/dashboard.tsx";
import { linkWith, queryOf } from "../detection/detection_settings.ts";
import { CameraControls } from "../ui/camera_controls.tsx";
import { ConsentDialog, RelayConsentDialog, RoomConsentDialog } from "../ui/consent_dialog.tsx";
import { LoadLine } from "../ui/detector_status.tsx";
import { Figures } from "../ui/figures.tsx";
import { ClassCounts, DetectionsList } from "../ui/found_lists.tsx";
import { CopyButton } from "../ui/join_panel.tsx";
import { ModelsSheet } from "../ui/models_sheet.tsx";
import { RecordingMark } from "../ui/recording_panel.tsx";
import { ShortcutsSheet } from "../ui/shortcuts_sheet.tsx";
import { StageView } from "../ui/stage_view.tsx";
import { zonesToText } from "../zones/zone_link.ts";
import { ZoneOverlay } from "../zones/zone_overlay.tsx";
import { SHORTCUTS } from "./shortcuts.ts";
import { Invite, SidePanels } from "./side_panels.tsx";
import type { ViewerActions } from "./viewer_actions.ts";
import type { ViewerState } from "./viewer_state.ts";

/** The viewer page. */
export function App({ state, actions }: { state: ViewerState; actions: ViewerActions }) {
  const { links, sources, selected, choices, connection, isClean } = state;
  const phone = selected.value;
  const { side, load, pace } = state.run.value;
  const mayInvite = links.value !== null && sources.value.length === 0;
  // A room that refuses this page refuses its phones too.
  const invite = mayInvite && connection.value.mood !== "bad" && !isClean && links.value !== null
    ? <Invite state={state} links={links.value} actions={actions} />
    : null;
  const stage = (
    <StageView
      mirror={choices.value.mirror}
      note={isClean ? null : stageNote(state)}
      onMount={actions.attachStage}
      onFile={actions.useFile}
      overlay={isClean ? null : <Zones state={state} actions={actions} />}
    >
      {invite}
    </StageView>
  );
  const labels = state.model.value?.labels ?? [];
  const consent = <Questions state={state} actions={actions} />;
  const help = (
    <ShortcutsSheet
      shortcuts={SHORTCUTS}
      isOpen={state.isHelpOpen.value}
      onClose={() => state.isHelpOpen.value = false}
    />
  );
  if (isClean) return <div class="viewer clean">{stage}{consent}{help}</div>;
  return (
    <div class="viewer">
      {consent}
      {help}
      <Models state={state} actions={actions} />
      <header>
        <h1>
          <img src="/favicon.svg" alt="" /> Peerlens
        </h1>
        <p class={`state-dot ${connection.value.mood}`} data-testid="state" role="status">
          {connection.value.words}
        </p>
        <RecordingMark view={state.recording.value} />
        {links.value !== null && (
          <div class="row room-links">
            <a href={links.value.view} target="_blank" rel="noreferrer">View-only link</a>
            <CopyButton text={links.value.view}>Copy</CopyButton>
            <CopyButton text={linkWith(links.value.view, settingsQuery(state))}>
              Copy with these settings
            </CopyButton>
          </div>
        )}
        <div class="row page-actions">
          <button type="button" class="button" onClick={() => actions.perform("full-screen")}>
            Full screen
          </button>
          {state.config.value?.isSignedIn && (
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
      <main class="main-column">
        {stage}
        <div>
          <Figures figures={state.figures.value} />
          <LoadLine
            // A picture that stands, or none, is no load.
            load={phone?.mood === "good" && side !== null ? load : null}
            paceFps={pace.fps}
          />
        </div>
        <div class="camera-slot">
          {phone?.camera != null && phone.serverCamera === null && links.value !== null && (
            <CameraControls
              camera={phone.camera}
              onCommand={(command) => actions.command(phone.id, command)}
            />
          )}
        </div>
        <div class="found">
          <DetectionsList detections={state.detections.value} labels={labels} />
          <ClassCounts
            counts={state.counts.value}
            labels={labels}
            onReset={actions.resetCounts}
          />
        </div>
      </main>
      <aside class="side-column">
        <SidePanels state={state} actions={actions} />
      </aside>
      <Dashboard view={state.dashboard} />
    </div>
  );
}

function isLocalShown({ local, selected }: ViewerState): boolean {
  return local.value !== null && selected.value === local.value;
}

/** One at a time: without a picture there is nothing to send to the server. */
function Questions({ state, actions }: { state: ViewerState; actions: ViewerActions }) {
  if (state.isRoomAsked.value) return <RoomConsentDialog onAnswer={actions.answerRoom} />;
  if (state.relay.value === "asked") {
    const hasNoPath = state.phones.value.some((phone) => phone.hasNoPath);
    return (
      <RelayConsentDialog
        host={location.host}
        hasNoPath={hasNoPath}
        onAnswer={actions.answerRelay}
      />
    );
  }
  const { question } = state.mode.value;
  return question === null ? null : (
    <ConsentDialog
      byAuto={question.kind === "auto"}
      source={isLocalShown(state) ? "computer" : "phone"}
      onAnswer={actions.answerConsent}
    />
  );
}

/** Made anew only while it is looked at. */
function Models({ state, actions }: { state: ViewerState; actions: ViewerActions }) {
  const isOpen = state.models.isOpen.value;
  const view = isOpen ? actions.models.view() : null;
  return <ModelsSheet view={view} isOpen={isOpen} actions={actions.models} />;
}

function stageNote({ problem, selected, links, phones }: ViewerState): string | null {
  if (problem.value !== null) return null;
  const phone = selected.value;
  if (phone === null) {
    return links.value === null && phones.value.length === 0
      ? "Waiting for a phone to join."
      : null;
  }
  return phone.mood === "good" ? null : phone.words;
}

/** Over the picture. */
function Zones({ state, actions }: { state: ViewerState; actions: ViewerActions }) {
  const { zones, counts, editor: view, picture } = state.zones;
  return (
    <ZoneOverlay
      zones={zones.value}
      counts={counts.value}
      view={view.value}
      picture={picture.value}
      isMirrored={state.choices.value.mirror}
      editor={actions.zones.editor}
    />
  );
}

/** All that a link can say of what is set now. */
function settingsQuery({ choices, model, zones }: ViewerState): URLSearchParams {
  const query = queryOf(choices.value, model.value?.labels ?? []);
  if (zones.zones.value.length > 0) query.set("zones", zonesToText(zones.zones.value));
  return query;
}
