import { fileURLToPath } from "node:url";
import type { CatalogModel } from "../../models/catalog.ts";
import type { BoxXywh } from "./coco_match.ts";

const HERE = fileURLToPath(new URL("./", import.meta.url));
/** Kept between runs: it takes longer to make than most answers. */
const VENV = fileURLToPath(new URL("../../.out/python-accuracy", import.meta.url));

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

/** Whether there is a Python that can get what `oracle.py` needs. */
export async function hasPython(): Promise<boolean> {
  const needs = "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))";
  return (await python("python3", ["-c", needs])).success;
}

/**
 * Runs `oracle.py` with the packages that `requirements.txt` pins, in an environment of its own.
 * @throws {Error} With what Python says, if it fails.
 */
export async function askOracle(job: OracleJob): Promise<OracleAnswer> {
  const own = `${VENV}/bin/python`;
  if (!(await python(own, ["-m", "pip", "--version"])).success) {
    await mustRun("python3", ["-m", "venv", "--clear", VENV]);
  }
  await mustRun(own, ["-m", "pip", "install", "--quiet", "-r", `${HERE}requirements.txt`]);
  return JSON.parse(await mustRun(own, [`${HERE}oracle.py`], JSON.stringify(job)));
}

async function mustRun(command: string, args: readonly string[], stdin = ""): Promise<string> {
  const { success, stdout, stderr } = await python(command, args, stdin);
  if (success) return stdout;
  throw new Error(`Cannot run ${command} ${args.join(" ")}: ${stderr.trim()}`);
}

async function python(command: string, args: readonly string[], input = "") {
  try {
    const child = new Deno.Command(command, {
      args: [...args],
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const writer = child.stdin.getWriter();
    // One that ends early has its reasons, which it writes.
    await writer.write(new TextEncoder().encode(input)).then(() => writer.close()).catch(() => {});
    const { success, stdout, stderr } = await child.output();
    const [out, error] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
    return { success, stdout: out!, stderr: error! };
  } catch (error) {
    return { success: false, stdout: "", stderr: String(error) };
  }
}
