import type { CameraCommand, Mode, PeerId } from "@/protocol";
import { Dashboard } from "../dashboard/dashboard.tsx";
import type { RecordedFile } from "../record/recording.ts";
import { LIMIT_WORDS } from "../record/recording_limits.ts";
import { AutoLine } from "../ui/auto_line.tsx";
import { CameraControls } from "../ui/camera_controls.tsx";
import { ClassCounts } from "../ui/class_counts.tsx";
import { ConsentDialog, RelayConsentDialog } from "../ui/consent_dialog.tsx";
import { DetectionControls } from "../ui/detection_controls.tsx";
import { DetectionsList } from "../ui/detections_list.tsx";
import { DetectorStatus } from "../ui/detector_status.tsx";
import { Figures } from "../ui/figures.tsx";
import { CopyButton, JoinPanel } from "../ui/join_panel.tsx";
import { LoadLine } from "../ui/load_line.tsx";
import { LocalSourceButtons } from "../ui/local_source_buttons.tsx";
import { MetricsControls } from "../ui/metrics_controls.tsx";
import { ModelsSheet } from "../ui/models_sheet.tsx";
import { PhoneButton } from "../ui/phone_button.tsx";
import { PrivacyLine } from "../ui/privacy_line.tsx";
import { RecordingMark, RecordingPanel } from "../ui/recording_panel.tsx";
import { ShortcutsSheet } from "../ui/shortcuts_sheet.tsx";
import { StageView, type StageViewProps } from "../ui/stage_view.tsx";
import { EventsPanel } from "../zones/events_panel.tsx";
import { zonesToText } from "../zones/zone_link.ts";
import { ZoneOverlay } from "../zones/zone_overlay.tsx";
import { ZonesPanel } from "../zones/zones_panel.tsx";
import { linkWith, queryOf } from "./detection_settings.ts";
import type { ModelParts } from "./model_parts.ts";
import { type Shortcut, SHORTCUTS } from "./shortcuts.ts";
import { eventsTo, framesOf } from "./view_model.ts";
import type { PhoneView, RoomLinks, ViewerState } from "./viewer_state.ts";
import type { ZoneParts } from "./zone_parts.ts";

/** What the page asks for when a person acts. */
export interface ViewerActions {
  readonly attachStage: StageViewProps["onMount"];
  command(phone: PeerId, command: CameraCommand): void;
  useCamera(): void;
  useFile(file: File): void;
  stopLocal(): void;
  perform(shortcut: Shortcut): void;
  saveRecorded(kind: RecordedFile): void;
  requestCode(): Promise<{ code: string; expiresInMs: number }>;
  chooseMode(mode: Mode): void;
  answerConsent(yes: boolean): void;
  answerRelay(yes: boolean): void;
  inviteRelay(): void;
  exportMetrics(): void;
  resetMetrics(): void;
  resetCounts(): void;
  readonly zones: ZoneParts;
  readonly models: ModelParts;
}

/** The viewer page. */
export function App({ state, actions }: { state: ViewerState; actions: ViewerActions }) {
  const { links, sources, selected, choices, connection, isClean } = state;
  const phone = selected.value;
  const mayInvite = links.value !== null && sources.value.length === 0;
  // A room that refuses this page refuses its phones too.
  const invite = mayInvite && connection.value.mood !== "bad" && !isClean && links.value !== null
    ? <Invite links={links.value} actions={actions} />
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
          <LoadLine {...state.run.value.load} />
        </div>
        <div class="camera-slot">
          {phone?.camera != null && links.value !== null && (
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
        <Problems state={state} />
        <Phones state={state} actions={actions} />
        {state.config.value !== null && <Panels state={state} actions={actions} />}
      </aside>
      <Dashboard view={state.dashboard} />
    </div>
  );
}

/** All together and not before the server has said what it offers, so that none pushes another. */
function Panels({ state, actions }: { state: ViewerState; actions: ViewerActions }) {
  return (
    <>
      <Detection state={state} actions={actions} />
      <ZonesAside state={state} actions={actions} />
      <RecordingPanel
        view={state.recording.value}
        limits={LIMIT_WORDS}
        problem={state.recordingProblem.value}
        hasBoxes={state.hasBoxes.value}
        onBoxes={(hasBoxes) => state.hasBoxes.value = hasBoxes}
        onSnapshot={() => actions.perform("snapshot")}
        onToggle={() => actions.perform("record")}
        onSave={actions.saveRecorded}
      />
      <MetricsControls
        {...state.recorded.value}
        onExport={actions.exportMetrics}
        onReset={actions.resetMetrics}
      />
    </>
  );
}

/** One at a time: without a picture there is nothing to send to the server. */
function Questions({ state, actions }: { state: ViewerState; actions: ViewerActions }) {
  if (state.relay.value === "asked") {
    return <RelayConsentDialog host={location.host} onAnswer={actions.answerRelay} />;
  }
  const { question } = state.mode.value;
  return question === null
    ? null
    : <ConsentDialog byAuto={question.kind === "auto"} onAnswer={actions.answerConsent} />;
}

/** Made anew only while it is looked at. */
function Models({ state, actions }: { state: ViewerState; actions: ViewerActions }) {
  const isOpen = state.models.isOpen.value;
  const view = isOpen ? actions.models.view() : null;
  return <ModelsSheet view={view} isOpen={isOpen} actions={actions.models} />;
}

function Invite({ links, actions }: { links: RoomLinks; actions: ViewerActions }) {
  return (
    <div class="invite">
      <JoinPanel links={links.join} onRequestCode={actions.requestCode} />
      <LocalSourceButtons onCamera={actions.useCamera} onFile={actions.useFile} />
    </div>
  );
}

function stageNote({ problem, selected, links, phones }: ViewerState): string | null {
  if (problem.value !== null) return null;
  const phone = selected.value;
  if (phone === null) {
    return links.value === null && phones.value.length === 0
      ? "Waiting for a phone to join."
      : null;
  }
  if (phone.mood !== "good") return phone.words;
  if (phone.camera?.status === "paused") return "The camera is paused.";
  if (phone.camera?.status === "hidden") return "The phone's page is in the background.";
  return phone.camera?.status === "lost" ? "The phone lost its camera." : null;
}

function Problems({ state }: { state: ViewerState }) {
  const { problem, localProblem, displayProblem, config } = state;
  const all = [problem, localProblem, displayProblem].map(({ value }) => value);
  const texts = [...all, config.value?.modelProblem, config.value?.joinProblem]
    .filter((text) => text != null);
  return <>{texts.map((text) => <p key={text} class="notice bad" role="alert">{text}</p>)}</>;
}

function Phones({ state, actions }: { state: ViewerState; actions: ViewerActions }) {
  const { sources, local, selected, selectedId, links, relay } = state;
  return (
    <section class="panel" aria-labelledby="phones-heading">
      <h2 id="phones-heading">Phones</h2>
      <div class="row phone-row">
        {sources.value.length === 0 && <span class="soft small">none yet</span>}
        {sources.value.map((phone: PhoneView) => (
          <PhoneButton
            key={phone.id}
            name={phone.name}
            words={phone.words}
            track={phone.track}
            isShown={phone.id === selected.value?.id}
            onChoose={() => selectedId.value = phone.id}
          />
        ))}
        {relay.value === "declined" && (
          <button type="button" class="button" onClick={actions.inviteRelay}>
            Show through the server …
          </button>
        )}
        {local.value !== null && (
          <button type="button" class="button" onClick={actions.stopLocal}>
            Stop
            <span class="visually-hidden">&nbsp;{local.value.name}</span>
          </button>
        )}
      </div>
      {links.value !== null && (
        <details>
          <summary>Add a phone</summary>
          {sources.value.length === 0
            ? <p class="small">Scan the QR code above.</p>
            : <Invite links={links.value} actions={actions} />}
        </details>
      )}
    </section>
  );
}

function Detection({ state, actions }: { state: ViewerState; actions: ViewerActions }) {
  const { config, choices, run, local, selected, figures } = state;
  const { side, detector, auto, inputPx } = run.value;
  if (config.value === null) return null;
  return (
    <>
      <DetectionControls
        choices={choices.value}
        modes={config.value.modes}
        models={config.value.models}
        onMode={actions.chooseMode}
        onModels={() => actions.models.open()}
        onChange={(change) => choices.value = { ...choices.value, ...change }}
      />
      <div class="detector-slot">
        <DetectorStatus
          state={detector}
          inputPx={inputPx}
          runMs={figures.value.inferenceMs}
        />
        {auto !== null && <AutoLine figures={auto} side={side} />}
        <PrivacyLine
          frames={framesOf(side)}
          eventsTo={eventsTo(state.zones)}
          relayHost={selected.value?.frames == null ? null : location.host}
          isLocal={local.value !== null && selected.value === local.value}
        />
      </div>
    </>
  );
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

/** Beside it. */
function ZonesAside({ state, actions }: { state: ViewerState; actions: ViewerActions }) {
  const { zones, counts, editor: view, problem, picture, events, totals, webhook } = state.zones;
  const { editor, keeper } = actions.zones;
  return (
    <>
      <ZonesPanel
        zones={zones.value}
        counts={counts.value}
        view={view.value}
        problem={problem.value}
        hasPicture={picture.value !== null}
        labels={state.model.value?.labels ?? []}
        editor={editor}
        onReset={() => keeper.resetCounts()}
      />
      <EventsPanel
        events={events.value}
        totals={totals.value}
        webhook={webhook.value}
        onSave={() => actions.zones.save()}
        onClear={() => actions.zones.clearEvents()}
        onWebhook={(isOn) => actions.zones.setSending(isOn)}
      />
    </>
  );
}

/** All that a link can say of what is set now. */
function settingsQuery({ choices, model, zones }: ViewerState): URLSearchParams {
  const query = queryOf(choices.value, model.value?.labels ?? []);
  if (zones.zones.value.length > 0) query.set("zones", zonesToText(zones.zones.value));
  return query;
}
