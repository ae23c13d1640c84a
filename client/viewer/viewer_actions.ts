import type { RecordedFile } from "../record/recording.ts";
import type { StageViewProps } from "../ui/stage_view.tsx";
import type { CameraCommand, Mode, PeerId } from "@/protocol";
import type { ModelParts } from "./model_parts.ts";
import type { ServerCameraControl } from "./server_camera_control.ts";
import type { Shortcut } from "./shortcuts.ts";
import type { ZoneParts } from "./zone_parts.ts";

/** What the page asks for when a person acts. */
export interface ViewerActions {
  readonly attachStage: StageViewProps["onMount"];
  command(phone: PeerId, command: CameraCommand): void;
  /** Has a phone or viewer go, and not come back into the room. */
  sendAway(peer: PeerId): void;
  useCamera(): void;
  useFile(file: File): void;
  stopLocal(): void;
  perform(shortcut: Shortcut): void;
  /** Opens the drawer at a section of it. */
  showSection(section: string): void;
  closeDrawer(): void;
  toggleDashboard(): void;
  saveRecorded(kind: RecordedFile): void;
  requestCode(): Promise<{ code: string; expiresInMs: number }>;
  chooseMode(mode: Mode): void;
  answerRoom(yes: boolean): void;
  answerConsent(yes: boolean): void;
  answerRelay(yes: boolean): void;
  inviteRelay(): void;
  exportMetrics(): void;
  resetMetrics(): void;
  resetCounts(): void;
  readonly zones: ZoneParts;
  readonly models: ModelParts;
  readonly serverCameras: Pick<ServerCameraControl, "set">;
}
