import { CAMERA_PROFILES, type CameraCommand, type Profile } from "@/protocol";
import type { CameraView } from "../media/camera.ts";
import { CameraButtons } from "../ui/camera_controls.tsx";

const type = "camera-command";

const PROFILE_NAMES: Readonly<Record<Profile, string>> = {
  low: "Low",
  balanced: "Balanced",
  high: "High",
};

/** Everything that the camera can do; what it cannot do is not shown. */
export function PhoneControls(
  { camera, profile, showsDetections, onShowDetections, onCommand, onStop }: {
    camera: Extract<CameraView, { kind: "live" }>;
    profile: Profile;
    showsDetections: boolean;
    onShowDetections: (isOn: boolean) => void;
    onCommand: (command: CameraCommand) => void;
    onStop: () => void;
  },
) {
  const { torch, zoom } = camera.abilities;
  return (
    <div class="phone-controls" role="group" aria-label="Camera">
      <div class="phone-buttons">
        <CameraButtons camera={{ canSwitch: camera.canSwitch, torch }} onCommand={onCommand} />
        <button
          type="button"
          // Its name changes; pressed besides would say the opposite to a screen reader.
          class={`button ${camera.isPaused ? "primary" : ""}`}
          onClick={() => onCommand({ type, command: "pause", paused: !camera.isPaused })}
        >
          {camera.isPaused ? "Resume" : "Pause"}
        </button>
        <button
          type="button"
          class="button"
          aria-pressed={showsDetections}
          onClick={() => onShowDetections(!showsDetections)}
        >
          Show detections
        </button>
        <button type="button" class="button stop" onClick={onStop}>Stop</button>
      </div>
      {zoom !== null && (
        <label class="phone-field">
          <span>Zoom {zoom.value.toFixed(1)}×</span>
          <input
            type="range"
            min={zoom.min}
            max={zoom.max}
            step={zoom.step}
            value={zoom.value}
            onInput={(event) =>
              onCommand({ type, command: "zoom", value: event.currentTarget.valueAsNumber })}
          />
        </label>
      )}
      <label class="phone-field">
        <span>Quality</span>
        <select
          value={profile}
          onChange={(event) =>
            onCommand({ type, command: "profile", profile: event.currentTarget.value as Profile })}
        >
          {(Object.keys(CAMERA_PROFILES) as Profile[]).map((name) => (
            <option key={name} value={name}>{profileText(name)}</option>
          ))}
        </select>
      </label>
    </div>
  );
}

function profileText(name: Profile): string {
  const { widthPx, heightPx } = CAMERA_PROFILES[name];
  return `${PROFILE_NAMES[name]}, ${widthPx}×${heightPx}`;
}
