import { signal } from "@preact/signals";
import type { CameraName, ServerCamera } from "@/protocol";

/** What the page knows of cameras of the server. */
export function createServerCamerasState() {
  return {
    /** Those that this page may use; none for a view-only viewer. */
    list: signal<readonly ServerCamera[]>([]),
    /** Those that this page wants in its room. */
    wanted: signal<ReadonlySet<CameraName>>(new Set()),
    /** Why one cannot be shown; `null` while all is well. */
    problem: signal<string | null>(null),
  };
}

/** See {@linkcode createServerCamerasState}. */
export type ServerCamerasState = ReturnType<typeof createServerCamerasState>;
