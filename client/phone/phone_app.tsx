import type { ComponentChildren } from "preact";
import { CAMERA_WORDS } from "../media/source_words.ts";
import { errorText } from "../rooms/error_text.ts";
import type { BrowserFamily } from "./browser_family.ts";
import type { PhoneController } from "./phone_controller.ts";
import { PhoneControls } from "./phone_controls.tsx";
import { PhonePreview } from "./phone_preview.tsx";
import { PhoneRelayLine } from "./phone_relay_line.tsx";
import type { PhoneState, Screen } from "./phone_state.ts";
import { PhoneStatus } from "./phone_status.tsx";
import { connectionText, privacyText, problemText, relayedPrivacyText } from "./phone_words.ts";

/** The phone page. `controller`: `null` where nothing can be sent from here. */
export function PhoneApp(
  { state, controller, family }: {
    state: PhoneState;
    controller: PhoneController | null;
    family: BrowserFamily;
  },
) {
  const screen = state.screen.value;
  const connection = state.connection.value;
  const status = controller !== null && screen.kind !== "stopped" && (
    <PhoneStatus
      connection={connection}
      hasPicture={state.noPicture.value === null}
      text={connectionText(connection, {
        noPicture: state.noPicture.value,
        error: errorText,
      })}
      onRetry={() => controller.retry()}
    />
  );
  // With a link that does not open the room, a camera would run for nobody.
  const isShut = connection.kind === "refused" && connection.isFinal;
  const viewers = connection.kind === "live" ? connection.viewers : 0;
  const relay = state.relay.value;
  const isRelayed = relay.kind === "open" || relay.kind === "opening";
  const privacy = (
    <p class="small soft phone-privacy" data-testid="privacy">
      {isRelayed
        ? relayedPrivacyText(state.privacy.value, location.host)
        : privacyText(state.privacy.value, viewers)}
    </p>
  );
  if (screen.kind === "live" && controller !== null) {
    const { camera } = screen;
    return (
      <main class="phone live">
        <PhonePreview
          track={camera.track}
          isMirrored={camera.abilities.facing === "user"}
          shown={state.shown}
          classIds={controller.classIds}
          onVideo={(video) => controller.setPreview(video)}
          note={noteOf(camera)}
        />
        <div class="phone-panel">
          <h1 class="visually-hidden">Peerlens camera</h1>
          {status}
          <PhoneRelayLine
            state={relay}
            onRefuse={(isRefused) => controller.refuseRelay(isRefused)}
          />
          <PhoneControls
            camera={camera}
            profile={controller.profile}
            showsDetections={state.showsDetections.value}
            onShowDetections={(isOn) => controller.showDetections(isOn)}
            onCommand={(command) => controller.command(command)}
            onStop={() => controller.stop()}
          />
          {privacy}
        </div>
      </main>
    );
  }
  return (
    <main class="phone">
      <div class="phone-card">
        <h1>
          <img src="/favicon.svg" alt="" width="28" height="28" />Peerlens
        </h1>
        {!isShut && <Message screen={screen} family={family} />}
        {controller !== null && !isShut && (
          <button
            type="button"
            class="button primary phone-start"
            disabled={screen.kind === "starting"}
            onClick={() => controller.start()}
          >
            {startText(screen)}
          </button>
        )}
        {status}
        {controller !== null && !isShut && screen.kind !== "stopped" && privacy}
      </div>
    </main>
  );
}

function Message({ screen, family }: { screen: Screen; family: BrowserFamily }) {
  switch (screen.kind) {
    case "no-link":
      return (
        <Alert>
          This link is incomplete: the end, which opens the room, is missing. Scan the QR code on
          the computer again, or copy the whole link from there.
        </Alert>
      );
    case "impossible":
    case "failed":
      return <Alert>{problemText(screen.problem, family)}</Alert>;
    case "stopped":
      return <p>The camera is off and this phone has left the room.</p>;
    case "start":
    case "starting":
    case "live":
      return (
        <p>
          This phone becomes a camera for the Peerlens page on your computer. The browser asks
          whether it may use the camera.
        </p>
      );
  }
}

function Alert({ children }: { children: ComponentChildren }) {
  return <p class="notice bad" role="alert">{children}</p>;
}

function startText(screen: Screen): string {
  switch (screen.kind) {
    case "starting":
      return "Starting …";
    case "failed":
      return "Try again";
    case "stopped":
      return "Start again";
    default:
      return "Start camera";
  }
}

function noteOf(camera: Extract<Screen, { kind: "live" }>["camera"]): string | null {
  if (camera.isPaused) return "Paused: no picture is sent.";
  return camera.isMuted ? `${CAMERA_WORDS.suspended} It will come back on its own.` : null;
}
