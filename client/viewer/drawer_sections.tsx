import { linkWith, queryOf } from "../detection/detection_settings.ts";
import { LIMIT_WORDS } from "../record/recording_limits.ts";
import { CameraControls } from "../ui/camera_controls.tsx";
import { DetectionControls } from "../ui/detection_controls.tsx";
import { AutoLine, Backend, LoadLine } from "../ui/detector_status.tsx";
import { Figures } from "../ui/figures.tsx";
import { ClassCounts, DetectionsList } from "../ui/found_lists.tsx";
import { CopyButton } from "../ui/join_panel.tsx";
import { MetricsControls } from "../ui/metrics_controls.tsx";
import { PrivacyLine } from "../ui/privacy_line.tsx";
import { RecordingPanel } from "../ui/recording_panel.tsx";
import { SendAwayButton } from "../ui/send_away_button.tsx";
import { EventsPanel } from "../zones/events_panel.tsx";
import { zonesToText } from "../zones/zone_link.ts";
import { ZonesPanel } from "../zones/zones_panel.tsx";
import { eventsTo, framesOf, sourceOf } from "./view_model.ts";
import type { ViewerActions } from "./viewer_actions.ts";
import type { ViewerState } from "./viewer_state.ts";

/** What a section is made of. */
interface Page {
  readonly state: ViewerState;
  readonly actions: ViewerActions;
}

/** All sections together, and not before the server has said what it offers, so that none pushes another. */
export function DrawerSections({ state, actions }: Page) {
  if (state.config.value === null) return null;
  const { recorded, recording, hasBoxes } = state;
  return (
    <>
      <Detection state={state} actions={actions} />
      <Camera state={state} actions={actions} />
      <Found state={state} actions={actions} />
      <Zones state={state} actions={actions} />
      <RecordingPanel
        view={recording.value}
        limits={LIMIT_WORDS}
        hasBoxes={hasBoxes.value}
        onBoxes={(isOn) => hasBoxes.value = isOn}
        onSave={actions.saveRecorded}
      />
      <Share state={state} actions={actions} />
      <Details state={state} />
      <MetricsControls
        {...recorded.value}
        onExport={actions.exportMetrics}
        onReset={actions.resetMetrics}
      />
    </>
  );
}

function Detection({ state, actions }: Page) {
  const { config, choices, run, local, selected } = state;
  const { side, pace } = run.value;
  return (
    <DetectionControls
      choices={choices.value}
      pace={pace}
      modes={config.value!.modes}
      models={config.value!.models}
      onMode={actions.chooseMode}
      onModels={() => actions.models.open()}
      onChange={(change) => choices.value = { ...choices.value, ...change }}
    >
      <PrivacyLine
        frames={framesOf(side)}
        eventsTo={eventsTo(state.zones)}
        relayHost={selected.value?.frames == null ? null : location.host}
        source={sourceOf(selected.value, local.value) ?? "phone"}
      />
    </DetectionControls>
  );
}

/** Of the owner: others may not command a phone. */
function Camera({ state: { selected, links }, actions }: Page) {
  const phone = selected.value;
  // A camera of the server is not this room's alone.
  if (phone === null || phone.camera === null || phone.serverCamera !== null) return null;
  if (links.value === null) return null;
  return (
    <CameraControls
      camera={phone.camera}
      onCommand={(command) => actions.command(phone.id, command)}
    />
  );
}

/** While the drawer is shut, what is in the picture is said elsewhere. */
function Found({ state, actions }: Page) {
  const { drawer, detections, counts, model } = state;
  const labels = model.value?.labels ?? [];
  return (
    <section class="panel" aria-labelledby="found-heading">
      <h2 id="found-heading">Found</h2>
      {drawer.value.isOpen && (
        <>
          <DetectionsList detections={detections.value} labels={labels} />
          <ClassCounts counts={counts.value} labels={labels} onReset={actions.resetCounts} />
        </>
      )}
    </section>
  );
}

function Zones({ state, actions }: Page) {
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

/** For the owner: the link for those who may watch, and who does. */
function Share({ state, actions }: Page) {
  const { links, viewers } = state;
  if (links.value === null) return null;
  const { view } = links.value;
  return (
    <section class="panel" aria-labelledby="share-heading">
      <h2 id="share-heading">Share</h2>
      <p class="small soft">Who has this link can watch, and control nothing.</p>
      <div class="row">
        <a href={view} target="_blank" rel="noreferrer">View-only link</a>
        <CopyButton text={view}>Copy</CopyButton>
        <CopyButton text={linkWith(view, settingsQuery(state))}>
          Copy with these settings
        </CopyButton>
      </div>
      {viewers.value.map((viewer, index) => (
        <div key={viewer} class="row">
          <span>Viewer {index + 1} watches</span>
          <SendAwayButton
            name={`viewer ${index + 1}`}
            onSendAway={() => actions.sendAway(viewer)}
          />
        </div>
      ))}
    </section>
  );
}

/** All that a link can say of what is set now. */
function settingsQuery({ choices, model, zones }: ViewerState): URLSearchParams {
  const query = queryOf(choices.value, model.value?.labels ?? []);
  if (zones.zones.value.length > 0) query.set("zones", zonesToText(zones.zones.value));
  return query;
}

function Details({ state }: Pick<Page, "state">) {
  const { run, figures, selected } = state;
  const { side, detector, auto, load, pace, inputPx } = run.value;
  return (
    <section class="panel" aria-labelledby="details-heading">
      <h2 id="details-heading">Details</h2>
      <Figures figures={figures.value} isOnServer={side === "server"} />
      <Backend state={detector} inputPx={inputPx} runMs={figures.value.inferenceMs} />
      {auto !== null && <AutoLine figures={auto} side={side} />}
      <LoadLine
        // A picture that stands, or none, is no load.
        load={selected.value?.mood === "good" && side !== null ? load : null}
        paceFps={pace.fps}
      />
    </section>
  );
}
