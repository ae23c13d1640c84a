// @all: needs assets
// @alone: counts frames of a video that plays at its own pace
/** The main job on a real video, with nothing but what is in the repository: people are found. */
import assert from "node:assert/strict";
import { BROWSER, openBrowser } from "../browser.ts";
import { findDrawnBoxes } from "../drawn_boxes.ts";
import { ASSETS } from "../fixtures.ts";
import { readFrameCode } from "../../server/protocol/frame_code.ts";
import { joinWithPhone, scanQr } from "../people.ts";
import { type BoxXyxy, iou } from "../picture.ts";
import { type AreaPx, greyAt } from "../pixels.ts";
import { type CastFrame, readCastFrame, watchScreen } from "../screencast.ts";
import { startServer } from "../server.ts";
import { pictureArea, waitForBox } from "../stage.ts";
import { type VideoCamera, videoCamera } from "../video_camera.ts";

const VIDEO = "one-by-one-person-detection.mp4";
/** Of the camera, as the app asks for it, and of the screen, so that the picture is not scaled there. */
const SIZE = { width: 640, height: 480 } as const;
/** Of the video, whose picture then has bars above and below. */
const VIDEO_SIZE = { width: 768, height: 432 } as const;
/** The golden file has every second frame of so many. */
const FRAMES = 600;
const STEP = 4;
/** Four times the video's own pace, with every fourth of its frames: each is judged by itself. */
const FPS = 10;
/** Once through it, and some. */
const WATCH_MS = FRAMES / STEP / FPS * 1000 + 3_000;

/** A person counts from this share of the picture's height on. */
const MIN_HEIGHT = 0.25;
/** A box is on a person from here on. */
const MIN_IOU = 0.5;
/** What is promised. */
const MIN_FOUND = 0.8;
/** With fewer frames seen than that, the share says little. */
const MIN_SEEN = 60;

/** From the video's picture to the camera's. */
function withBars({ xmin, ymin, xmax, ymax }: BoxXyxy): BoxXyxy {
  const share = SIZE.width * VIDEO_SIZE.height / VIDEO_SIZE.width / SIZE.height;
  const y = (value: number) => (1 - share) / 2 + value * share;
  return { xmin, ymin: y(ymin), xmax, ymax: y(ymax) };
}

/** People large enough to count, by the camera's frame number. */
async function largePeople(): Promise<Map<number, BoxXyxy[]>> {
  interface GoldenVideo {
    readonly frames: readonly {
      readonly frame: number;
      readonly detections: readonly (BoxXyxy & { readonly label: string })[];
    }[];
  }
  const golden: GoldenVideo = JSON.parse(
    await Deno.readTextFile(`${ASSETS}/golden/${VIDEO}.json`),
  );
  const played = golden.frames.filter(({ frame }) => frame % STEP === 0);
  const people = played.map(({ frame, detections }): [number, BoxXyxy[]] => [
    frame / STEP,
    detections.filter(({ label, ymin, ymax }) => label === "person" && ymax - ymin > MIN_HEIGHT)
      .map(withBars),
  ]);
  return new Map(people.filter(([, boxes]) => boxes.length > 0));
}

/** Frames with people in them that were on the screen, and whether every one of them had a box then. */
async function foundByFrame(
  shots: readonly CastFrame[],
  area: AreaPx,
  people: ReadonlyMap<number, readonly BoxXyxy[]>,
): Promise<Map<number, boolean>> {
  const found = new Map<number, boolean>();
  for (const shot of shots) {
    const screen = await readCastFrame(shot);
    const frame = readFrameCode((x, y) =>
      greyAt(screen, area.xPx + x * area.widthPx, area.yPx + y * area.widthPx)
    );
    const wanted = frame === undefined ? undefined : people.get(frame);
    // The page is drawn more often than its picture changes.
    if (frame === undefined || wanted === undefined || found.get(frame) === true) continue;
    const boxes = findDrawnBoxes(screen, area);
    found.set(frame, wanted.every((person) => boxes.some((box) => iou(box, person) >= MIN_IOU)));
  }
  return found;
}

/** What was on the viewer's screen while the video played once, and where on it. */
async function watchVideo(camera: VideoCamera): Promise<{ shots: CastFrame[]; area: AreaPx }> {
  await using server = await startServer();
  const { models } = await (await fetch(`${server.httpUrl}/api/config`)).json();
  assert.equal(models[0].id, "nanodet-m", "models/local/ has a better one: remove it for this");
  await using viewer = await openBrowser({ role: "viewer", viewport: SIZE });
  await using phone = await openBrowser({ role: "phone", clip: camera.path });
  await viewer.page.goto(server.httpUrl);
  const joinUrl = await scanQr(viewer.page);
  const { hash } = new URL(viewer.page.url());
  // Each frame with its own boxes, of people only, and nothing around the picture.
  await viewer.page.goto(`${server.httpUrl}/?display=synced&classes=person&clean=1${hash}`);
  await joinWithPhone(phone.page, joinUrl);
  await waitForBox(viewer.page, { timeoutMs: 90_000 });
  const area = await pictureArea(viewer.page);
  assert.ok(area);
  await using cast = await watchScreen(viewer.page);
  await new Promise((resolve) => setTimeout(resolve, WATCH_MS));
  const shots = await cast.stop();
  assert.deepEqual([...viewer.errors, ...phone.errors], []);
  return { shots, area };
}

Deno.test(
  "the embedded model, with no other folder of models: people in a real video have their boxes",
  { ...BROWSER, ignore: !ASSETS },
  async () => {
    const people = await largePeople();
    await using camera = await videoCamera(`${ASSETS}/videos/${VIDEO}`, {
      widthPx: SIZE.width,
      heightPx: SIZE.height,
      frames: FRAMES,
      step: STEP,
      fps: FPS,
    });
    const { shots, area } = await watchVideo(camera);
    const found = await foundByFrame(shots, area, people);
    const hits = [...found.values()].filter(Boolean).length;
    const share = hits / found.size;
    const words = `boxes on the people of ${hits} of ${found.size} frames with large ones: ${
      Math.round(share * 100)
    } %, of ${people.size} that there are`;
    assert.ok(found.size >= MIN_SEEN, words);
    assert.ok(share >= MIN_FOUND, words);
  },
);
