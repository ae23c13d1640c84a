import { ffmpegsOf } from "../../../bench/camera_faults.ts";
import { TestProcess } from "../../child/testing/test_process.ts";
import { CAMERA_FLAGS, type CameraProcessConfig } from "../camera_config.ts";
import { cameraPermissions } from "../camera_permissions.ts";
import { parseCameras } from "../../base/camera_spec.ts";
import type { FromCameras, ToCameras } from "../ipc.ts";

/** A running camera process, with exactly the permissions that it is given by the server. */
export class TestCameras extends TestProcess<ToCameras, FromCameras> {
  /** @param cameras As an operator gives them. */
  constructor(cameras: readonly string[], over: Partial<CameraProcessConfig> = {}) {
    const config: CameraProcessConfig = {
      ffmpeg: "ffmpeg",
      rtcPorts: null,
      publicHost: null,
      host: "127.0.0.1",
      ...over,
    };
    const entry = new URL("../main.ts", import.meta.url).href;
    super([
      ...["run", ...CAMERA_FLAGS, ...cameraPermissions(config)],
      ...[entry, JSON.stringify(config)],
    ]);
    void this.send({ kind: "cameras", cameras: parseCameras(cameras) });
  }

  /** The camera's next status that is one of these. */
  async status(camera: string, statuses: readonly string[], since = 0) {
    return await this.next(
      (message) =>
        message.kind === "status" && message.camera === camera &&
        statuses.includes(message.status) && message,
      { since },
    );
  }

  /** See {@linkcode ffmpegsOf}. */
  ffmpegs(word: string): number[] {
    return ffmpegsOf(this.process.pid, word);
  }
}

/** Whether a process is there, and has not ended. */
export function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(Deno.readTextFileSync(`/proc/${pid}/status`));
  } catch {
    return false;
  }
}
