import type { CameraKind, CameraName } from "@/protocol";

/** A camera as its operator configured it. `source` may hold a password: it goes to no page and no log. */
export interface CameraSpec {
  readonly name: CameraName;
  readonly kind: CameraKind;
  /** Path, URL or device, by `kind`; empty for a scene. Secret. */
  readonly source: string;
}
