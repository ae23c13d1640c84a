import { Fragment } from "preact";
import { LIMIT_WORDS } from "../record/recording_limits.ts";
import { DetectionControls } from "../ui/detection_controls.tsx";
import { AutoLine, DetectorStatus } from "../ui/detector_status.tsx";
import { JoinPanel } from "../ui/join_panel.tsx";
import { MetricsControls } from "../ui/metrics_controls.tsx";
import { PrivacyLine } from "../ui/privacy_line.tsx";
import { RecordingPanel } from "../ui/recording_panel.tsx";
import { SendAwayButton } from "../ui/send_away_button.tsx";
import { LocalSourceButtons, PhoneButton } from "../ui/source_buttons.tsx";
import { EventsPanel } from "../zones/events_panel.tsx";
import { ZonesPanel } from "../zones/zones_panel.tsx";
import { eventsTo, framesOf } from "./view_model.ts";
import type { ViewerActions } from "./viewer_actions.ts";
import type { PhoneView, RoomLinks, ViewerState } from "./viewer_state.ts";

/** All that stands beside the picture. */
export function SidePanels({ state, actions }: { state: ViewerState; actions: ViewerActions }) {
  return (
    <>
      <Problems state={state} />
      <Phones state={state} actions={actions} />
      {state.config.value !== null && <Panels state={state} actions={actions} />}
    </>
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

function Problems({ state }: { state: ViewerState }) {
  const { problem, localProblem, displayProblem, config } = state;
  const all = [problem, localProblem, displayProblem].map(({ value }) => value);
  const texts = [...all, config.value?.modelProblem, config.value?.joinProblem]
    .filter((text) => text != null);
  return <>{texts.map((text) => <p key={text} class="notice bad" role="alert">{text}</p>)}</>;
}

function Phones({ state, actions }: { state: ViewerState; actions: ViewerActions }) {
  const { sources, local, selected, selectedId, links, relay, viewers } = state;
  const isOwner = links.value !== null;
  return (
    <section class="panel" aria-labelledby="phones-heading">
      <h2 id="phones-heading">Phones</h2>
      <div class="row phone-row">
        {sources.value.length === 0 && <span class="soft small">none yet</span>}
        {sources.value.map((phone: PhoneView) => (
          <Fragment key={phone.id}>
            <PhoneButton
              name={phone.name}
              words={phone.words}
              track={phone.track}
              isShown={phone.id === selected.value?.id}
              onChoose={() => selectedId.value = phone.id}
            />
            {isOwner && phone !== local.value && (
              <SendAwayButton
                name={phone.name}
                onSendAway={() => actions.sendAway(phone.id)}
              />
            )}
          </Fragment>
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
      {viewers.value.map((viewer, index) => (
        <div key={viewer} class="row">
          <span class="soft small">Viewer {index + 1} watches</span>
          <SendAwayButton
            name={`viewer ${index + 1}`}
            onSendAway={() => actions.sendAway(viewer)}
          />
        </div>
      ))}
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
  const { side, detector, auto, pace, inputPx } = run.value;
  if (config.value === null) return null;
  return (
    <>
      <DetectionControls
        choices={choices.value}
        pace={pace}
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

/** Ways to a first picture: a phone, or what this computer has. */
export function Invite({ links, actions }: { links: RoomLinks; actions: ViewerActions }) {
  return (
    <div class="invite">
      <JoinPanel links={links.join} onRequestCode={actions.requestCode} />
      <LocalSourceButtons onCamera={actions.useCamera} onFile={actions.useFile} />
    </div>
  );
}
