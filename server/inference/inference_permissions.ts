import { nativeCodePermissions } from "../child/native_permissions.ts";
import type { ChildConfig } from "./child_config.ts";

/** The least that the inference process needs: models may come to their folders while it runs. */
export function inferencePermissions(config: Pick<ChildConfig, "modelFolders">): string[] {
  return nativeCodePermissions(config.modelFolders);
}
