import { useEffect } from "preact/hooks";
import { Dashboard } from "../dashboard/dashboard.tsx";
import { ConsentDialog, RelayConsentDialog, RoomConsentDialog } from "../ui/consent_dialog.tsx";
import { DetectorTrouble } from "../ui/detector_status.tsx";
import { Drawer } from "../ui/drawer.tsx";
import { DetectionsList } from "../ui/found_lists.tsx";
import { JoinCard } from "../ui/join_card.tsx";
import { ModelsSheet } from "../ui/models_sheet.tsx";
import { Sheet } from "../ui/sheet.tsx";
import { ShortcutsSheet } from "../ui/shortcuts_sheet.tsx";
import { ServerCameraWays } from "../ui/server_cameras.tsx";
import { StageView } from "../ui/stage_view.tsx";
import { ZoneOverlay } from "../zones/zone_overlay.tsx";
import { Dock } from "./dock.tsx";
import { DrawerSections } from "./drawer_sections.tsx";
import { SHORTCUTS } from "./shortcuts.ts";
import { TopBar } from "./top_bar.tsx";
import { offeredCameras } from "./view_model.ts";
import type { ViewerActions } from "./viewer_actions.ts";
import type { ViewerState } from "./viewer_state.ts";

/** What a part of the page shows, and what it asks for. */
interface PageProps {
  readonly state: ViewerState;
  readonly actions: ViewerActions;
}

/** The viewer page. */
export function App({ state, actions }: PageProps) {
  const { choices, drawer, isClean } = state;
  const isOpen = drawer.value.isOpen;
  const stage = (
    <StageView
      mirror={choices.value.mirror}
      note={isClean ? null : stageNote(state)}
      hint={isClean ? null : state.hint.value}
      onMount={actions.attachStage}
      onFile={actions.useFile}
      overlay={isClean ? null : <Zones state={state} actions={actions} />}
    >
      {isInviting(state) ? <Join state={state} actions={actions} /> : null}
    </StageView>
  );
  const dialogs = <Dialogs state={state} actions={actions} />;
  if (isClean) return <div class="viewer clean">{stage}{dialogs}</div>;
  return (
    <div class={`viewer ${isOpen ? "beside-drawer" : ""}`}>
      {dialogs}
      <div class="window">
        <TopBar state={state} actions={actions} />
        <main>
          <Problems state={state} />
          {stage}
          {!isOpen && (
            <div class="visually-hidden">
              <DetectionsList
                detections={state.detections.value}
                labels={state.model.value?.labels ?? []}
              />
            </div>
          )}
          <Dock state={state} actions={actions} />
        </main>
        <Drawer view={drawer.value} onClose={actions.closeDrawer}>
          <DrawerSections state={state} actions={actions} />
        </Drawer>
      </div>
      <Dashboard view={state.dashboard} isOpen={state.isDashboardOpen.value} />
    </div>
  );
}

/** Whether the ways to a picture stand where it would be. */
function isInviting({ links, sources, connection, isClean }: ViewerState): boolean {
  // A room that refuses this page refuses its phones too.
  return links.value !== null && sources.value.length === 0 && connection.value.mood !== "bad" &&
    !isClean;
}

/** Ways to a picture: in its place, and later in a sheet. */
function Join({ state, actions }: PageProps) {
  return (
    <JoinCard
      links={state.links.value?.join ?? []}
      onRequestCode={actions.requestCode}
      onCamera={actions.useCamera}
      onFile={actions.useFile}
    >
      <ServerCameraWays cameras={offeredCameras(state)} onSwitch={actions.serverCameras.set} />
    </JoinCard>
  );
}

/** What stops a part of the page, or all of it. */
function Problems({ state }: Pick<PageProps, "state">) {
  const { problem, localProblem, displayProblem, recordingProblem, config, run } = state;
  const cameraProblem = state.serverCameras.problem;
  const texts = [problem, localProblem, cameraProblem, displayProblem, recordingProblem]
    .map(({ value }) => value)
    .concat(config.value?.modelProblem ?? null, config.value?.joinProblem ?? null)
    .filter((text) => text !== null);
  return (
    <>
      {texts.map((text) => <p key={text} class="notice bad" role="alert">{text}</p>)}
      <DetectorTrouble state={run.value.detector} />
    </>
  );
}

function Dialogs({ state, actions }: PageProps) {
  const { isHelpOpen, isAdding, isClean, models, sources } = state;
  const { length } = sources.value;
  useEffect(() => {
    // What was asked for is there.
    isAdding.value = false;
  }, [length]);
  const help = (
    <ShortcutsSheet
      shortcuts={SHORTCUTS}
      isOpen={isHelpOpen.value}
      onClose={() => isHelpOpen.value = false}
    />
  );
  const question = <Question state={state} actions={actions} />;
  if (isClean) return <>{question}{help}</>;
  return (
    <>
      {question}
      {help}
      <Sheet
        id="add-source"
        heading="Add a camera"
        isOpen={isAdding.value}
        isWide
        onClose={() => isAdding.value = false}
      >
        {isAdding.value && <Join state={state} actions={actions} />}
      </Sheet>
      {/* Its view is made anew only while it is looked at. */}
      <ModelsSheet
        view={models.isOpen.value ? actions.models.view() : null}
        isOpen={models.isOpen.value}
        actions={actions.models}
      />
    </>
  );
}

/** One at a time: without a picture there is nothing to send to the server. */
function Question({ state, actions }: PageProps) {
  const { local, selected, phones } = state;
  if (state.isRoomAsked.value) return <RoomConsentDialog onAnswer={actions.answerRoom} />;
  if (state.relay.value === "asked") {
    return (
      <RelayConsentDialog
        host={location.host}
        hasNoPath={phones.value.some((phone) => phone.hasNoPath)}
        onAnswer={actions.answerRelay}
      />
    );
  }
  const { question } = state.mode.value;
  return question === null ? null : (
    <ConsentDialog
      byAuto={question.kind === "auto"}
      source={local.value !== null && selected.value === local.value ? "computer" : "phone"}
      onAnswer={actions.answerConsent}
    />
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
  return phone.mood === "good" ? null : phone.words;
}

/** Over the picture. */
function Zones({ state, actions }: PageProps) {
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
