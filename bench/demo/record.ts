import { setTimeout as sleep } from "node:timers/promises";
import { openBrowser, type RigBrowser } from "../browser.ts";
import { agreeToServer } from "../metrics/phone_stats.ts";
import { bar } from "../progress.ts";
import { scanQr } from "../people.ts";
import { OTHER_MODELS, startServer } from "../server.ts";
import { ACTS, type DemoStage, showPointer } from "./acting.ts";
import type { DemoConfig } from "./config.ts";
import { PHONE, type Place, VIEWER } from "./layout.ts";
import { type PageRecording, recordPage } from "./page_recording.ts";
import { SceneClock } from "./scene_clock.ts";
import { FPS, type Scene, sceneMs } from "./script.ts";
import type { Cut, TimedFrame } from "./timeline.ts";
import { type ClipFile, clipFile } from "../fixtures.ts";
import { makeCamera } from "../metrics/camera.ts";
import { sceneClip } from "../scene_clip.ts";

/** What recording needs besides its configuration. */
export interface RecordTools {
  /** Takes what has to be ended; where something fails, too. */
  readonly stack: AsyncDisposableStack;
  /** Ends it at the next step. */
  readonly signal: AbortSignal;
  note(text: string): void;
}

/** What was seen, and when which scene was played. */
export interface Recorded {
  readonly phone: readonly TimedFrame[];
  readonly viewer: readonly TimedFrame[];
  /** Of scenes with pages. */
  readonly cuts: ReadonlyMap<Scene, readonly Cut[]>;
  readonly metrics: DemoStage["metrics"];
}

/** Opens both pages. @returns Them, as a stage, and their browsers. @throws {Error} If one does not. */
export async function openStage(config: DemoConfig, { stack, signal, note }: RecordTools) {
  note("making the camera's picture …");
  const camera = stack.use(await openCamera(config));
  signal.throwIfAborted();
  note("starting the app …");
  const server = stack.use(await startServer({ models: OTHER_MODELS, flags: serverFlags(config) }));
  signal.throwIfAborted();
  note("opening the pages …");
  const viewer = stack.use(await open("viewer", config, VIEWER));
  const phone = stack.use(await open("phone", config, PHONE, camera.path));
  const mode = config.mode === "both" ? "wasm" : config.mode;
  await viewer.page.goto(`${server.httpUrl}/?mode=${mode}`);
  const stage: DemoStage = {
    phone: phone.page,
    viewer: viewer.page,
    joinUrl: await scanQr(viewer.page),
    hasObjects: config.video === null,
    metrics: null,
  };
  return { stage, viewer, phone };
}

/** Plays the scenes on the stage, one after the other, and records both pages meanwhile. */
export async function recordScenes(
  { stage, viewer, phone }: Awaited<ReturnType<typeof openStage>>,
  scenes: readonly Scene[],
  { folder, signal, note, stack }: RecordTools & { folder: string },
): Promise<Recorded> {
  const pages = scenes.filter(({ kind }) => kind === "pages");
  const totalMs = pages.reduce((sum, scene) => sum + sceneMs(scene), 0);
  const cuts = new Map<Scene, readonly Cut[]>();
  let casts: { phone: PageRecording; viewer: PageRecording } | null = null;
  let doneMs = 0;
  for (const scene of pages) {
    note(`${bar(doneMs / totalMs)} preparing: ${scene.id}`);
    await ACTS[scene.id]?.prepare?.(stage);
    casts ??= {
      phone: stack.use(await recordPage(stage.phone, { folder, name: "phone" })),
      viewer: stack.use(await recordPage(stage.viewer, { folder, name: "viewer" })),
    };
    note(`${bar(doneMs / totalMs)} recording: ${scene.id}, ${seconds(sceneMs(scene))} s`);
    const clock = new SceneClock({
      ticks: scene.ticks,
      fps: FPS,
      nowMs: Date.now,
      // Ends as soon as nobody wants to wait any more.
      sleep: (ms) => sleep(ms, undefined, { signal }),
    });
    await ACTS[scene.id]?.play?.(stage, clock);
    await clock.until(1);
    cuts.set(scene, clock.cuts);
    doneMs += sceneMs(scene);
    await checkPages(phone, viewer);
  }
  if (casts === null) throw new RangeError("Cannot record: no scene shows the pages");
  return {
    phone: await casts.phone.stop(),
    viewer: await casts.viewer.stop(),
    cuts,
    metrics: stage.metrics,
  };
}

function serverFlags({ mode, model }: DemoConfig): string[] {
  const flags = ["--mode", mode === "both" ? "auto" : mode];
  return model === null ? flags : [...flags, "--model", model];
}

function open(role: "phone" | "viewer", { mode, scheme }: DemoConfig, place: Place, clip?: string) {
  return openBrowser({
    role,
    viewport: { width: place.widthPx, height: place.heightPx },
    colorScheme: scheme,
    keepsOnInterrupt: true,
    // A change to the server asks; where it is the only way, nobody would see the question.
    initScript: mode === "server" ? [showPointer, agreeToServer] : showPointer,
    ...(clip === undefined ? {} : { clip }),
  });
}

/** A browser that has ended gives no pictures, and the last one would stand still in the video. */
async function checkPages(...browsers: readonly RigBrowser[]): Promise<void> {
  for (const { page, errors } of browsers) {
    await page.title();
    if (errors.length > 0) throw new Error(`Cannot record: a page failed: ${errors[0]}`);
  }
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(1);
}

/** Of the scene that is shown unless told; it begins again where it ended. */
const SCENE = { widthPx: 640, heightPx: 480, fps: 15, durationS: 6 } as const;

/** The camera's file, removed at the end. @throws {Error} If a video is not there, or is not converted. */
async function openCamera({ video, seconds }: DemoConfig): Promise<ClipFile> {
  if (video === null) return await clipFile(await sceneClip(SCENE));
  return await makeCamera({
    video,
    profile: "balanced",
    size: null,
    fps: null,
    durationS: seconds,
  });
}
