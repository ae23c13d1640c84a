import { CAMERA_PROFILES, type CameraCommand, type CameraState, type Profile } from "@/protocol";

const type = "camera-command";

/** To another camera, and its light: what of both there is. */
export function CameraButtons({ camera: { canSwitch, torch }, onCommand }: {
  camera: Pick<CameraState, "canSwitch" | "torch">;
  onCommand: (command: CameraCommand) => void;
}) {
  return (
    <>
      {canSwitch && (
        <button
          type="button"
          class="button"
          onClick={() => onCommand({ type, command: "switch" })}
        >
          Switch camera
        </button>
      )}
      {torch !== null && (
        <button
          type="button"
          class="button"
          aria-pressed={torch}
          onClick={() => onCommand({ type, command: "torch", on: !torch })}
        >
          Torch
        </button>
      )}
    </>
  );
}

/** What else one phone's camera can be told, as far as it has that. */
export function CameraControls(
  { camera, onCommand }: { camera: CameraState; onCommand: (command: CameraCommand) => void },
) {
  const { zoom } = camera;
  return (
    <section class="panel" aria-labelledby="camera-heading">
      <h2 id="camera-heading">Camera</h2>
      <div class="row" role="group" aria-label="Phone camera">
        <CameraButtons camera={camera} onCommand={onCommand} />
      </div>
      {zoom !== null && (
        <label class="field">
          <span>Zoom {zoom.value.toFixed(1)}×</span>
          <input
            type="range"
            aria-label="Zoom"
            min={zoom.min}
            max={zoom.max}
            step={zoom.step || 0.1}
            value={zoom.value}
            onInput={(event) =>
              onCommand({ type, command: "zoom", value: event.currentTarget.valueAsNumber })}
          />
        </label>
      )}
      <label class="field">
        Profile
        <select
          aria-label="Camera profile"
          value={camera.profile}
          onChange={(event) =>
            onCommand({ type, command: "profile", profile: event.currentTarget.value as Profile })}
        >
          {Object.entries(CAMERA_PROFILES).map(([name, { widthPx, heightPx, fps }]) => (
            <option key={name} value={name}>{`${name}: ${widthPx}×${heightPx}, ${fps} fps`}</option>
          ))}
        </select>
      </label>
    </section>
  );
}
