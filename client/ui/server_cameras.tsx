import type { CameraName, CameraStatus, ServerCamera } from "@/protocol";
import { Ways } from "./join_card.tsx";

/** A camera of the server, and whether it is in the room. */
export type OfferedCamera = ServerCamera & { readonly isOn: boolean };

/** How a camera is, where that is worth a word and nothing is wrong. */
const STATUS_WORDS: Readonly<Record<CameraStatus, string | null>> = {
  idle: null,
  starting: "starting …",
  live: null,
  stalled: "no picture now",
  unavailable: "cannot be used",
};

/** The cameras of the server, each to be switched on and off; nothing where it has none for this page. */
export function ServerCameraWays({ cameras, onSwitch }: {
  cameras: readonly OfferedCamera[];
  onSwitch: (name: CameraName, on: boolean) => void;
}) {
  if (cameras.length === 0) return null;
  return (
    <>
      <Ways name="Cameras of this server" lead="Cameras of this server:">
        {cameras.map((camera) => (
          <CameraButton
            key={camera.name}
            {...camera}
            onSwitch={onSwitch}
          />
        ))}
      </Ways>
      {cameras.filter(({ problem }) => problem !== null).map(({ name, problem }) => (
        <p key={name} class="small soft" role="status">{name}: {problem}</p>
      ))}
    </>
  );
}

function CameraButton({ name, kind, status, isOn, onSwitch }: OfferedCamera & {
  onSwitch: (name: CameraName, on: boolean) => void;
}) {
  const words = STATUS_WORDS[status];
  return (
    <button
      type="button"
      class="button"
      aria-pressed={isOn}
      disabled={!isOn && status === "unavailable"}
      onClick={() => onSwitch(name, !isOn)}
    >
      {kind === "scene" ? "Watch the demo scene" : name}
      {kind === "boxes" && <span class="soft small">&nbsp;boxes drawn in</span>}
      {words !== null && <span class="soft small">&nbsp;{words}</span>}
    </button>
  );
}

/** Takes a camera of the server out of the room; it may come again. */
export function RemoveCameraButton({ name, onRemove }: { name: string; onRemove: () => void }) {
  return (
    <button type="button" class="link" onClick={onRemove}>
      Remove<span class="visually-hidden">&nbsp;{name}</span>
    </button>
  );
}
