import type { Display } from "@/protocol";
import type { Page } from "playwright-core";
import { clipBoxes } from "../accuracy/clip_boxes.ts";
import { type BrowserOptions, type InitScript, openBrowser, type RigBrowser } from "../browser.ts";
import { canvasCamera } from "../canvas_camera.ts";
import { clipFile, shuttleClip } from "../fixtures.ts";
import { startedBy } from "../metrics/role_processes.ts";
import { makePhoneNetwork, type PhoneNetwork } from "../network/phone_network.ts";
import { shiftClock, WRONG_CLOCK, wrongClockEnv } from "../page_clock.ts";
import { joinWithPhone, scanQr } from "../people.ts";
import { watchScreen } from "../screencast.ts";
import { type RigServer, startServer } from "../server.ts";
import { pictureArea, waitForStage } from "../stage.ts";
import { knowsThreads } from "../thread_memory.ts";
import { startTcpProxy } from "../tcp_proxy.ts";
import type { ClipTruth } from "./alignment.ts";
import { readSightings, type Sighting } from "./sightings.ts";

/** What a proof is made in. */
export interface SceneSetup {
  readonly mode: "wasm" | "server";
  /** A model, and the folders where it is. @default The embedded one. */
  readonly model?: { readonly id: string; readonly folders: string };
  /** Which clock of the phone is wrong: that of its pages' scripts, or that of the whole browser. */
  readonly wrongClock?: "page" | "browser";
  /** Puts the phone into a network of its own, where packets can be lost. */
  readonly ownNetwork?: boolean;
  /** See {@linkcode BrowserOptions.hasGpu}, of the viewer. */
  readonly hasGpu?: boolean;
  /** Runs in the viewer's page before anything else. */
  readonly viewerScript?: BrowserOptions["initScript"];
  /** Runs in Workers of the viewer's page before anything else. */
  readonly workerScript?: BrowserOptions["workerScript"];
}

/** A proof with the shuttle. */
export interface OverlaySetup extends SceneSetup {
  /** Of the camera. */
  readonly fps: number;
  /** `canvas`: burns in when it draws each frame. @default {"clip"} */
  readonly camera?: "clip" | "canvas";
}

/** What a phone's camera sees: a file that it plays, or what a script in its pages makes. */
export type CameraView = Pick<BrowserOptions, "clip"> & { readonly script?: InitScript };

/** How the viewer's page is opened. */
export interface OverlayView {
  readonly display: Display;
  /** Whether the live view moves boxes. @default {true} */
  readonly predict?: boolean;
  /** With figures and controls around the picture. @default {false} */
  readonly withControls?: boolean;
}

/** A phone, and a viewer that shows what its camera sees with boxes. */
export interface ScreenScene extends AsyncDisposable {
  readonly server: RigServer;
  readonly viewer: RigBrowser;
  /** Processes that the viewer's browser began with; none where the system does not say. */
  readonly viewerPids: readonly number[];
  readonly phone: RigBrowser;
  readonly network: PhoneNetwork | undefined;
  /** Opens the viewer's page anew, and waits until boxes are on the object. */
  show(view: OverlayView): Promise<void>;
  /** Watches the screen for a while, and reads what was on it. */
  watch(durationMs: number): Promise<Sighting[]>;
}

/** Such a scene whose camera sees the shuttle. */
export interface OverlayScene extends ScreenScene {
  readonly truth: ClipTruth;
}

/** The embedded one, and the class of the object in the clip. */
export const MODEL = { modelId: "nanodet-m", classId: 0 } as const;

/** The camera's own size, so that the picture is not scaled on the screen. */
export const VIEWPORT = { width: 640, height: 480 } as const;

/** Room for the figures below the picture. */
const CONTROLS_VIEWPORT = { width: 700, height: 900 } as const;

/** By then encoder and detector have found their pace. */
const SETTLE_MS = 3_000;

const truths = new Map<number, Promise<ClipTruth>>();

/** The shuttle at a rate, and the model's own boxes on it, which take a second to find out: once. */
export function truthAt(fps: number): Promise<ClipTruth> {
  const known = truths.get(fps) ?? shuttleClip(fps).then(async (spec) => {
    return { spec, ownBoxes: await clipBoxes(spec, MODEL) };
  });
  truths.set(fps, known);
  return known;
}

/** Sets a scene up; the viewer's page is opened by {@linkcode ScreenScene.show}. */
export async function openOverlayScene(
  { fps, camera, ...setup }: OverlaySetup,
): Promise<OverlayScene> {
  await using stack = new AsyncDisposableStack();
  const truth = await truthAt(fps);
  const { spec } = truth;
  const view = camera === "canvas"
    ? { script: canvasCamera(spec) }
    : { clip: stack.use(await clipFile(spec)).path };
  const scene = stack.use(await openScreenScene(setup, view));
  const all = stack.move();
  return { ...scene, truth, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

/** As {@linkcode openOverlayScene}, with a camera that sees something else. */
export async function openScreenScene(setup: SceneSetup, view: CameraView): Promise<ScreenScene> {
  await using stack = new AsyncDisposableStack();
  const network = setup.ownNetwork ? stack.use(await makePhoneNetwork()) : undefined;
  const server = stack.use(await serverFor(network, setup, stack));
  // Nothing is tried while it is judged.
  const known = [await knowsThreads(server, 1)];
  const { started: viewer, pids: viewerPids } = await startedBy(async () =>
    stack.use(
      await openBrowser({
        role: "viewer",
        viewport: VIEWPORT,
        hasGpu: setup.hasGpu ?? false,
        initScript: [...known, ...[setup.viewerScript ?? []].flat()],
        ...(setup.workerScript ? { workerScript: setup.workerScript } : {}),
      }),
    )
  );
  const phone = stack.use(await openPhone(setup, view, network));
  await viewer.page.goto(server.httpUrl);
  const joinUrl = await scanQr(viewer.page);
  const { hash } = new URL(viewer.page.url());
  let hasJoined = false;
  const all = stack.move();
  return {
    server,
    viewer,
    viewerPids,
    phone,
    network,
    async show({ display, predict = true, withControls = false }) {
      const { page } = viewer;
      await page.setViewportSize(withControls ? CONTROLS_VIEWPORT : VIEWPORT);
      const query = new URLSearchParams({
        display,
        clean: withControls ? "0" : "1",
        predict: predict ? "1" : "0",
      });
      await page.goto(`${server.httpUrl}/?${query}${hash}`);
      if (!hasJoined) await joinWithPhone(phone.page, joinUrl);
      // Asked once in a browser, when there is a phone.
      if (!hasJoined && setup.mode === "server") {
        await page.getByRole("button", { name: "Send frames to the server" }).click();
      }
      hasJoined = true;
      await waitForSteadyBoxes(page);
    },
    watch: (durationMs) => watchPicture(viewer.page, durationMs),
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

/** Waits until a page shows boxes, and a while more. */
export async function waitForSteadyBoxes(page: Page): Promise<void> {
  await waitForStage(page, ({ frame, boxes }) => frame !== undefined && boxes.length > 0, {
    what: "boxes",
    timeoutMs: 60_000,
  });
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
}

/** Watches what a page shows for a while, and reads it. */
export async function watchPicture(page: Page, durationMs: number): Promise<Sighting[]> {
  // Buttons further down may have been pressed.
  await page.evaluate(() => scrollTo(0, 0));
  const area = await pictureArea(page);
  if (!area) throw new Error("Cannot watch: no video is laid out");
  await using cast = await watchScreen(page);
  await new Promise((resolve) => setTimeout(resolve, durationMs));
  return await readSightings(await cast.stop(), area);
}

async function serverFor(
  network: PhoneNetwork | undefined,
  { mode, model = { id: MODEL.modelId, folders: "" } }: SceneSetup,
  stack: AsyncDisposableStack,
): Promise<RigServer> {
  const ports = { https: 0 };
  const proxy = network && stack.use(await startTcpProxy(() => ports.https, network.ourAddress));
  const server = await startServer({
    flags: [
      ...["--mode", mode, "--model", model.id],
      ...(proxy ? ["--public-host", `${network!.ourAddress}:${proxy.port}`] : []),
    ],
    models: model.folders,
  });
  ports.https = server.ports.https;
  return server;
}

async function openPhone(
  { wrongClock }: SceneSetup,
  { script, ...camera }: CameraView,
  network: PhoneNetwork | undefined,
): Promise<RigBrowser> {
  const shift = wrongClock === "page" ? [shiftClock(WRONG_CLOCK)] : [];
  return await openBrowser({
    role: "phone",
    ...camera,
    ...(network ? { within: network.within } : {}),
    ...(wrongClock === "browser" ? { env: wrongClockEnv(WRONG_CLOCK) } : {}),
    ...(shift[0] ? { workerScript: { files: /\/sender-[^/]*\.js$/, ...shift[0] } } : {}),
    initScript: [...shift, ...(script ? [script] : [])],
  });
}
