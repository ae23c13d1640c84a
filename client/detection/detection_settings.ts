import {
  type ClientConfig,
  detectionFpsSchema,
  type Display,
  DISPLAYS,
  MAX_CLASSES,
  type Mode,
  modeSchema,
  type ServedModel,
} from "@/protocol";
import * as v from "valibot";

/** What a person can set about detection. */
export interface DetectionChoices {
  readonly mode: Mode;
  readonly modelId: string | null;
  /** Name of one of the model's input sizes; `null`: chosen by measurement. */
  readonly size: string | null;
  /** Detections a second at most; `null`: as the camera's profile has it. */
  readonly detectionFps: number | null;
  /** 0–1. */
  readonly scoreThreshold: number;
  /** 0–1. */
  readonly iouThreshold: number;
  /** `null`: all classes. */
  readonly classes: ReadonlySet<number> | null;
  readonly mirror: boolean;
  readonly display: Display;
}

/** Before anything is known of models and wishes. */
export const USUAL_CHOICES: DetectionChoices = {
  mode: "off",
  modelId: null,
  size: null,
  detectionFps: null,
  scoreThreshold: 0.35,
  iouThreshold: 0.5,
  classes: null,
  mirror: false,
  display: "live",
};

/** What a person, or a link, wants of detection. What is missing is as usual. */
export interface WishedSettings {
  readonly mode?: Mode;
  readonly modelId?: string;
  /** Name of a size of the model's input, `416x320`; `null`: chosen by measurement. */
  readonly size?: string | null;
  /** Detections a second at most; `null`: as the camera's profile has it. */
  readonly detectionFps?: number | null;
  readonly display?: Display;
  /** 0–1. */
  readonly scoreThreshold?: number;
  /** 0–1. */
  readonly iouThreshold?: number;
  readonly mirror?: boolean;
  /** Names, which hold for any model that has them; `null`: all classes. */
  readonly classes?: readonly string[] | null;
}

/** Where the sliders end. */
const threshold = v.pipe(v.number(), v.minValue(0.05), v.maxValue(0.95));

const FIELDS = {
  mode: modeSchema,
  modelId: v.pipe(v.string(), v.maxLength(64)),
  size: v.nullable(v.pipe(v.string(), v.regex(/^\d{2,4}x\d{2,4}$/))),
  detectionFps: v.nullable(detectionFpsSchema),
  display: v.picklist(DISPLAYS),
  scoreThreshold: threshold,
  iouThreshold: threshold,
  mirror: v.boolean(),
  classes: v.nullable(
    v.pipe(v.array(v.pipe(v.string(), v.maxLength(100))), v.maxLength(MAX_CLASSES)),
  ),
};

/** Keeps of anything what can be used; a field that is wrong is as if it were not there. */
export function readSettings(value: unknown): WishedSettings {
  if (typeof value !== "object" || value === null) return {};
  const entries = Object.entries(FIELDS).flatMap(([name, schema]) => {
    const result = v.safeParse(schema, (value as Record<string, unknown>)[name]);
    return result.success ? [[name, result.output]] : [];
  });
  return Object.fromEntries(entries);
}

/** Reads settings from the query of a link. */
export function settingsOfQuery(query: URLSearchParams): WishedSettings {
  const classes = query.get("classes");
  return readSettings({
    mode: query.get("mode"),
    modelId: query.get("model") ?? undefined,
    size: query.get("size") === AUTO ? null : query.get("size") ?? undefined,
    detectionFps: query.get("fps") === AUTO ? null : numberOf(query.get("fps")),
    display: query.get("display"),
    scoreThreshold: numberOf(query.get("score")),
    iouThreshold: numberOf(query.get("iou")),
    mirror: switchOf(query.get("mirror")),
    classes: classes === null ? undefined : classes === ALL ? null : namesOf(classes),
  });
}

/** The query that says these choices; the other way round than {@linkcode settingsOfQuery}. */
export function queryOf(
  { mode, modelId, size, detectionFps, display, scoreThreshold, iouThreshold, mirror, classes }:
    DetectionChoices,
  labels: readonly string[],
): URLSearchParams {
  return new URLSearchParams({
    mode,
    ...(modelId === null ? {} : { model: modelId }),
    size: size ?? AUTO,
    fps: detectionFps === null ? AUTO : String(detectionFps),
    display,
    score: String(round(scoreThreshold)),
    iou: String(round(iouThreshold)),
    mirror: mirror ? "1" : "0",
    classes: classes === null ? ALL : classNames(classes, labels).join(","),
  });
}

/**
 * A link like `url` that also says these settings. The fragment, with the room's key, stays.
 * @param query Of {@linkcode queryOf}, and what else there is to say.
 */
export function linkWith(url: string, query: URLSearchParams): string {
  const link = new URL(url);
  // These are readable, and mean nothing else in a query.
  link.search = query.toString().replaceAll("%2C", ",").replaceAll("%3A", ":")
    .replaceAll("%3B", ";");
  return link.href;
}

/** What to begin with: the server's configuration, and the settings as far as that allows them. */
export function startChoices(
  { models, detectionFps }: Pick<ClientConfig, "models" | "detectionFps">,
  base: DetectionChoices,
  settings: WishedSettings = {},
): DetectionChoices {
  const model = models.find(({ id }) => id === settings.modelId) ?? models[0];
  const look = {
    display: settings.display ?? base.display,
    mirror: settings.mirror ?? base.mirror,
    size: settings.size ?? base.size,
    detectionFps: settings.detectionFps === undefined ? detectionFps : settings.detectionFps,
  };
  if (model === undefined) return { ...base, ...look, modelId: null };
  return {
    ...base,
    ...look,
    modelId: model.id,
    scoreThreshold: settings.scoreThreshold ?? model.scoreThreshold,
    iouThreshold: settings.iouThreshold ?? model.iouThreshold,
    classes: classIds(settings.classes ?? null, model),
  };
}

/** The mode to begin with: the wished one where the server offers it. */
export function startingMode(
  { mode, modes }: Pick<ClientConfig, "mode" | "modes">,
  settings: WishedSettings,
): Pick<ClientConfig, "mode" | "modes"> {
  const isOffered = settings.mode !== undefined && modes.includes(settings.mode);
  return { mode: isOffered ? settings.mode! : mode, modes };
}

/** What a person changed, as it is remembered. The mode is not among it: it may not be granted. */
export function changedSettings(
  before: DetectionChoices,
  after: DetectionChoices,
  labels: readonly string[],
): WishedSettings {
  const { modelId, size, detectionFps, display, scoreThreshold, iouThreshold, mirror, classes } =
    after;
  return {
    ...(modelId === before.modelId || modelId === null ? {} : { modelId }),
    ...(size === before.size ? {} : { size }),
    ...(detectionFps === before.detectionFps ? {} : { detectionFps }),
    ...(display === before.display ? {} : { display }),
    ...(scoreThreshold === before.scoreThreshold ? {} : { scoreThreshold }),
    ...(iouThreshold === before.iouThreshold ? {} : { iouThreshold }),
    ...(mirror === before.mirror ? {} : { mirror }),
    ...(classes === before.classes
      ? {}
      : { classes: classes === null ? null : classNames(classes, labels) }),
  };
}

/** In a link, for no filter at all; no class is called so. */
const ALL = "all";

/** In a link, for what this page chooses: the size by measurement, the pace by the camera's profile. */
const AUTO = "auto";

function numberOf(text: string | null): number | undefined {
  return text === null || text.trim() === "" ? undefined : Number(text);
}

function switchOf(text: string | null): boolean | undefined {
  return text === "1" ? true : text === "0" ? false : undefined;
}

function namesOf(text: string): string[] {
  return text.split(",").map((name) => name.trim()).filter((name) => name !== "");
}

/** The sliders' steps make sums such as 0.35000000000000003. */
function round(value: number): number {
  return Math.round(value * 100) / 100;
}

function classNames(ids: ReadonlySet<number>, labels: readonly string[]): string[] {
  return [...ids].sort((a, b) => a - b).flatMap((id) => labels[id] ?? []);
}

/** `null`, all classes, also where the model knows none of those that were wanted. */
function classIds(
  names: readonly string[] | null,
  { labels }: Pick<ServedModel, "labels">,
): ReadonlySet<number> | null {
  if (names === null) return null;
  const ids = names.map((name) => labels.indexOf(name)).filter((id) => id >= 0);
  return ids.length === 0 && names.length > 0 ? null : new Set(ids);
}
