import { fileURLToPath } from "node:url";
import type { CatalogModel } from "../../models/catalog.ts";
import { mustRun, pythonWith } from "../python.ts";
import type { BoxXywh } from "./coco_match.ts";

/** A detection in COCO's own words; the box in px of the picture. */
export interface CocoResult {
  readonly "image_id": number;
  readonly "category_id": number;
  readonly bbox: BoxXywh;
  readonly score: number;
}

/** What `oracle.py` is asked. */
export interface OracleJob {
  /** Path of the model. */
  readonly model: string;
  readonly input: CatalogModel["entry"]["input"];
  readonly head: CatalogModel["entry"]["head"];
  /** Path of the true boxes. */
  readonly instances: string;
  readonly pictures: readonly {
    readonly id: number;
    readonly path: string;
    readonly "input_width_px": number;
    readonly "input_height_px": number;
  }[];
  readonly "score_threshold": number;
  readonly "iou_threshold": number;
  /** What else detected, by name. */
  readonly detections: Readonly<Record<string, readonly CocoResult[]>>;
  /** Of whose detections the operating points are wanted. */
  readonly "points_of": readonly string[];
}

/** How good detections are, each 0–1; -1 where there is no object of the kind. */
export interface OracleFigures {
  readonly "ap50_95": number;
  readonly ap50: number;
  readonly "small_ap50_95": number;
  readonly "medium_ap50_95": number;
  readonly "large_ap50_95": number;
  /** Of each class that has objects. */
  readonly classes: readonly {
    readonly class: string;
    readonly objects: number;
    readonly "ap50_95": number;
    readonly ap50: number;
  }[];
}

/** What is right and what is found from a score on, at IoU 0.5; `null`: there is nothing to count. */
export interface OperatingPoint {
  readonly score: number;
  readonly precision: number | null;
  readonly recall: number | null;
  readonly f1: number | null;
}

/** What `oracle.py` answers. */
export interface OracleAnswer {
  readonly versions: Readonly<Record<string, string>>;
  /** Of the job's detections, and of its own: `one_class` and `all_classes` of each cell. */
  readonly figures: Readonly<Record<string, OracleFigures>>;
  readonly "operating_points": Readonly<
    Record<string, Readonly<Record<"person" | "all", readonly OperatingPoint[]>>>
  >;
}

/**
 * Runs `oracle.py` with the packages that `requirements.txt` pins.
 * @throws {Error} With what Python says, if it fails.
 */
export async function askOracle(job: OracleJob): Promise<OracleAnswer> {
  const python = await pythonWith(new URL("requirements.txt", import.meta.url), "python-accuracy");
  const script = fileURLToPath(new URL("oracle.py", import.meta.url));
  return JSON.parse(await mustRun(python, [script], JSON.stringify(job)));
}
