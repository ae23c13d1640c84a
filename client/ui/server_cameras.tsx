import type { CameraName, CameraStatus, ServerCamera } from "@/protocol";

/** How a camera is, where nothing is wrong. */
const STATUS_WORDS: Readonly<Record<CameraStatus, string>> = {
  idle: "",
  starting: "starting …",
  live: "live",
  stalled: "no picture at the moment; it is tried again",
  unavailable: "cannot be used",
};

/** The cameras of the server, each with its switch; nothing where it has none for this page. */
export function ServerCameras({ cameras, problem, onSwitch }: {
  cameras: readonly (ServerCamera & { readonly isOn: boolean })[];
  /** Why one cannot be shown; `null` while all is well. */
  problem: string | null;
  onSwitch: (name: CameraName, on: boolean) => void;
}) {
  if (cameras.length === 0) return null;
  return (
    <section class="panel" aria-labelledby="server-cameras-heading" data-testid="server-cameras">
      <h2 id="server-cameras-heading">Cameras of this server</h2>
      {cameras.map(({ name, status, problem: fault, isOn }) => (
        <label key={name} class="row">
          <input
            type="checkbox"
            role="switch"
            checked={isOn}
            disabled={!isOn && status === "unavailable"}
            onChange={({ currentTarget }) => onSwitch(name, currentTarget.checked)}
          />
          {name}
          <span class="soft small">{fault ?? STATUS_WORDS[status]}</span>
        </label>
      ))}
      {problem !== null && <p class="notice bad" role="alert">{problem}</p>}
    </section>
  );
}

/** For those without a phone, a camera or a file: the scene that the server draws, where it does. */
export function DemoSceneButton({ cameras, onWatch }: {
  cameras: readonly ServerCamera[];
  onWatch: (name: CameraName) => void;
}) {
  const scene = cameras.find(({ kind, status }) => kind === "scene" && status !== "unavailable");
  if (scene === undefined) return null;
  return (
    <button type="button" class="button" onClick={() => onWatch(scene.name)}>
      Watch the demo scene
    </button>
  );
}

/** In place of sending a phone away. */
export function RemoveCameraButton({ name, onRemove }: { name: string; onRemove: () => void }) {
  return (
    <button type="button" class="button" onClick={onRemove}>
      Remove<span class="visually-hidden">&nbsp;{name}</span>
    </button>
  );
}
