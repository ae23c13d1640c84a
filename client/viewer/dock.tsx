import type { JSX } from "preact";
import { SendAwayButton } from "../ui/send_away_button.tsx";
import { SourceStrip, type StripGroup } from "../ui/source_strip.tsx";
import type { ViewerActions } from "./viewer_actions.ts";
import type { PhoneView, ViewerState } from "./viewer_state.ts";

/** What the dock shows, and what it asks for. */
interface DockProps {
  readonly state: ViewerState;
  readonly actions: ViewerActions;
}

/** Below the picture: what can be looked at, and what can be done. */
export function Dock({ state, actions }: DockProps) {
  const { sources, selected, selectedId, links, relay, isAdding } = state;
  return (
    <div class="dock">
      <div class="sources">
        <SourceStrip
          groups={stripGroups({ state, actions })}
          shownId={selected.value?.id ?? null}
          onChoose={(id) => selectedId.value = id}
        />
        {relay.value === "declined" && (
          <button type="button" class="button" onClick={actions.inviteRelay}>
            Show through the server …
          </button>
        )}
        {links.value !== null && sources.value.length > 0 && (
          <button
            type="button"
            class="button"
            aria-haspopup="dialog"
            onClick={() => isAdding.value = true}
          >
            Add a camera
          </button>
        )}
      </div>
      <Tools state={state} actions={actions} />
    </div>
  );
}

/** The sources by kind; another kind is another group here. */
function stripGroups({ state, actions }: DockProps): StripGroup[] {
  const { phones, local, links } = state;
  const isOwner = links.value !== null;
  return [
    {
      name: "Phones",
      sources: phones.value.filter(({ serverCamera }) => serverCamera === null).map((phone) => ({
        ...phone,
        buttons: isOwner && <PhoneButtons phone={phone} actions={actions} />,
      })),
    },
    {
      name: "Cameras of this server",
      sources: phones.value.flatMap(({ serverCamera: name, ...camera }) =>
        name === null ? [] : [{
          ...camera,
          buttons: isOwner && (
            <TileButton
              words="Remove"
              of={name}
              onClick={() => actions.serverCameras.set(name, false)}
            />
          ),
        }]
      ),
    },
    {
      name: "This computer",
      sources: local.value === null ? [] : [{
        ...local.value,
        buttons: <TileButton words="Stop" of={local.value.name} onClick={actions.stopLocal} />,
      }],
    },
  ];
}

function PhoneButtons({ phone, actions }: { phone: PhoneView; actions: ViewerActions }) {
  const { id, name, camera } = phone;
  const paused = camera?.status === "paused";
  return (
    <>
      {camera !== null && (
        <TileButton
          words={paused ? "Resume" : "Pause"}
          of={name}
          onClick={() =>
            actions.command(id, { type: "camera-command", command: "pause", paused: !paused })}
        />
      )}
      <SendAwayButton name={name} onSendAway={() => actions.sendAway(id)} />
    </>
  );
}

function TileButton({ words, of, onClick }: { words: string; of: string; onClick: () => void }) {
  return (
    <button type="button" class="link" onClick={onClick}>
      {words}
      <span class="visually-hidden">&nbsp;{of}</span>
    </button>
  );
}

/** What can be done with the picture, and where all else is. */
function Tools({ state, actions }: DockProps) {
  const { recording, drawer, isDashboardOpen } = state;
  const { showSection } = actions;
  const isRecording = recording.value.kind === "recording";
  const { isOpen } = drawer.value;
  const toggleRecording = () => {
    actions.perform("record");
    // There are its files.
    if (isRecording) showSection("recording");
  };
  return (
    <div class="tools" role="group" aria-label="Tools">
      <Tool onClick={() => actions.perform("snapshot")}>Snapshot</Tool>
      <Tool
        class={isRecording ? "button primary" : "button"}
        disabled={recording.value.kind === "saving"}
        onClick={toggleRecording}
      >
        {isRecording ? "Stop recording" : "Record"}
      </Tool>
      <Tool onClick={() => showSection("zones")}>Zones</Tool>
      <Tool aria-haspopup="dialog" onClick={() => actions.models.open()}>Models</Tool>
      <Tool
        aria-expanded={isDashboardOpen.value}
        aria-controls="dashboard"
        onClick={actions.toggleDashboard}
      >
        Dashboard
      </Tool>
      <Tool
        aria-expanded={isOpen}
        aria-controls="drawer"
        onClick={() => isOpen ? actions.closeDrawer() : showSection("settings")}
      >
        Settings
      </Tool>
    </div>
  );
}

function Tool(props: JSX.IntrinsicElements["button"]) {
  return <button type="button" class="button" {...props} />;
}
