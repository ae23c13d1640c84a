import { fileURLToPath } from "node:url";
import type { CameraName } from "@/protocol";
import { hasCameraProcess, withBoxes } from "../base/camera_config.ts";
import { SECRET_ENV_NAMES, type ServerConfig } from "../base/config.ts";
import { type Log, plainFields } from "../base/log.ts";
import { rtcPlaceOf } from "../base/rtc_place.ts";
import { NO_TELEMETRY } from "../base/telemetry_env.ts";
import { CAMERA_ENTRY, CAMERA_FLAGS, type CameraProcessConfig } from "../cameras/camera_config.ts";
import { cameraPermissions } from "../cameras/camera_permissions.ts";
import type { BurnedBox } from "../cameras/draw_boxes.ts";
import { CAMERA_LANES, type CameraTalk, type CameraTotals } from "../cameras/ipc.ts";
import { NO_FFMPEG } from "../cameras/problems.ts";
import type { ChildCommand } from "../child/child_process.ts";
import { Supervisor } from "../child/supervisor.ts";
import type { CameraHub } from "../rooms/hub_parts.ts";
import type { IceServers } from "../rooms/ice_servers.ts";
import type { CameraProcess } from "./camera_viewers.ts";
import { RoomCameras, type RoomCamerasOptions } from "./room_cameras.ts";

/** Cameras of this server: their process, and their places in rooms. */
export interface Cameras {
  readonly rooms: RoomCameras;
  /** `null`: nobody has wanted a camera yet, or there is no ffmpeg. */
  readonly supervisor: Supervisor<CameraTalk> | null;
}

/** The same for the one that has them run. */
export interface RunningCameras extends Cameras {
  /** See `CameraFrames.tap` of server mode. */
  tap(camera: CameraName, minIntervalMs: number | null): void;
  /** See `CameraFrames.boxes` of server mode. */
  boxes(camera: CameraName, rtpTimestamp: number, boxes: readonly BurnedBox[]): void;
}

/** What cameras of this server are made with. */
export interface CamerasOptions
  extends Pick<RoomCamerasOptions, "onFrame" | "onReady" | "onLeft" | "onBurned"> {
  readonly config: ServerConfig;
  readonly log: Log;
  readonly hub: () => CameraHub;
  readonly iceServers: IceServers;
}

/** Makes them ready for use; `null`: there are none. Their process starts when the first is wanted. */
export function makeCameras(options: CamerasOptions): RunningCameras | null {
  const { config, log } = options;
  const { specs: given, ffmpeg } = config.cameras;
  if (given.length === 0) return null;
  const canBurn = config.mode !== "wasm";
  const specs = canBurn ? withBoxes(given) : given;
  const supervisor = new Supervisor<CameraTalk>({
    name: "cameras",
    lanes: CAMERA_LANES,
    addTotals,
    command: () => command({ ffmpeg: ffmpeg!, ...rtcPlaceOf(config) }),
    greeting: () => ({ kind: "cameras", cameras: specs }),
    log: (level, event, fields = {}) => log[level](event, plainFields(fields)),
  });
  const isPossible = hasCameraProcess(config.cameras);
  const process: CameraProcess = {
    get state() {
      return isPossible ? supervisor.state : { kind: "unable" as const, message: NO_FFMPEG };
    },
    send: (message) => supervisor.send(message),
  };
  let isStarted = false;
  const rooms = new RoomCameras({
    ...options,
    specs,
    canBurn,
    process,
    onNeeded() {
      if (isStarted || !isPossible) return;
      isStarted = true;
      supervisor.start(rooms);
    },
  });
  return {
    rooms,
    get supervisor() {
      return isStarted ? supervisor : null;
    },
    tap(camera, minIntervalMs) {
      const on = minIntervalMs !== null;
      supervisor.send({ kind: "tap", camera, on, minIntervalMs: minIntervalMs ?? 0 });
    },
    boxes: (camera, rtpTimestamp, boxes) =>
      supervisor.send({ kind: "boxes", camera, rtpTimestamp, boxes }),
  };
}

/** How the camera process is started. */
function command(config: CameraProcessConfig): ChildCommand {
  return {
    path: Deno.execPath(),
    args: [
      "run",
      ...CAMERA_FLAGS,
      ...cameraPermissions(config),
      CAMERA_ENTRY,
      JSON.stringify(config),
    ],
    cwd: fileURLToPath(new URL("../../", import.meta.url)),
    env: {
      // No secret of the server's goes where native code reads what strangers send; cameras' are told.
      ...Object.fromEntries(SECRET_ENV_NAMES.map((name) => [name, ""])),
      ...NO_TELEMETRY,
    },
  };
}

/** What two camera processes counted, one after the other, as one. */
function addTotals(a: CameraTotals, b: CameraTotals): CameraTotals {
  const causes = Object.keys({ ...a.framesDropped, ...b.framesDropped });
  return {
    framesRead: a.framesRead + b.framesRead,
    framesSent: a.framesSent + b.framesSent,
    framesDropped: Object.fromEntries(
      causes.map((cause) => [cause, (a.framesDropped[cause] ?? 0) + (b.framesDropped[cause] ?? 0)]),
    ),
    cpuMs: a.cpuMs + b.cpuMs,
  };
}
