import * as v from "valibot";
import { type CameraName, cameraNameSchema } from "@/protocol";
import type { Zone } from "../zones/zone.ts";
import { zonesOfText } from "../zones/zone_link.ts";
import { settingsOfQuery, type WishedSettings } from "../detection/detection_settings.ts";

/** What the page's own address says, before the `#`. */
export interface PageSettings {
  /** `clean=1`: picture and boxes only. */
  readonly isClean: boolean;
  /** `predict=0`: boxes of the live view stay where they were found, to see what moving them gains. */
  readonly predict: boolean;
  /** `mode`, `model`, `size`, `fps`, `display`, `score`, `iou`, `mirror=0|1`, `classes=person,dog` or `all`. */
  readonly detection: WishedSettings;
  /** `camera=NAME`: this camera of the server is to be shown; `null`: none is named. */
  readonly camera: CameraName | null;
  /** `zones=…`, see `client/zones/zone_link.ts`; `null`: the address says nothing about zones. */
  readonly zones: readonly Zone[] | null;
}

/** Reads the query of the page's address; what it does not say, or says wrongly, is as usual. */
export function readPageSettings(search: string): PageSettings {
  const query = new URLSearchParams(search);
  const zones = query.get("zones");
  const camera = query.get("camera");
  return {
    isClean: query.get("clean") === "1",
    predict: query.get("predict") !== "0",
    detection: settingsOfQuery(query),
    camera: v.is(cameraNameSchema, camera) ? camera as CameraName : null,
    zones: zones === null ? null : zonesOfText(zones),
  };
}
