import { PNG } from "pngjs";
import { scriptOf } from "./browser.ts";
import { clipFrame, type ClipSpec, frameCount } from "./clip.ts";
import { CODE_NUMBERS, codeWord } from "../server/protocol/frame_code.ts";
import type { GreyPicture } from "./picture.ts";

/** Row of the frame code that holds the time of drawing, ms on the page's clock modulo CODE_NUMBERS. */
export const TIME_ROW = 1;

/** What a page needs to draw a clip's frames. */
interface CanvasClip {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly fps: number;
  readonly background: string;
  readonly pictureUrl: string;
  readonly positionsPx: readonly (readonly [left: number, top: number])[];
  readonly timeRow: number;
  readonly codeNumbers: number;
}

/**
 * A camera that draws the frames of a clip itself, at its rate, and burns in when it drew each. The
 * real camera is asked for first, so that the page has the rights of one that has a camera.
 */
export function canvasCamera(spec: ClipSpec): { content: string } {
  const { widthPx, heightPx, fps, picture, background = 114 } = spec;
  if (!picture) throw new TypeError("Cannot draw clip: it has no picture");
  const { content } = scriptOf(playOnCanvas, {
    widthPx,
    heightPx,
    fps,
    background: `rgb(${background} ${background} ${background})`,
    pictureUrl: dataUrl(picture),
    positionsPx: Array.from({ length: frameCount(spec) }, (_, index) => {
      const { leftPx, topPx } = clipFrame(spec, index);
      return [leftPx, topPx] as const;
    }),
    timeRow: TIME_ROW,
    codeNumbers: CODE_NUMBERS,
  });
  return { content: `{ ${codeWord}\n${content} }` };
}

/** Runs in the page. */
function playOnCanvas(clip: CanvasClip): void {
  // Pages without a secure context have no camera, such as the empty one at the start.
  if (!navigator.mediaDevices) return;
  const picture = new Image();
  picture.src = clip.pictureUrl;
  const getCamera = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  const blockPx = clip.widthPx / 40;

  function drawCode(context: CanvasRenderingContext2D, number: number, row: number): void {
    const word = codeWord(number);
    for (let bit = 0; bit < 16; bit++) {
      context.fillStyle = (word >> (15 - bit)) & 1 ? "#fff" : "#000";
      context.fillRect(bit * blockPx, row * blockPx, blockPx, blockPx);
    }
  }

  navigator.mediaDevices.getUserMedia = async (constraints) => {
    const camera = await getCamera(constraints);
    for (const track of camera.getTracks()) track.stop();
    await picture.decode();
    const canvas = document.createElement("canvas");
    canvas.width = clip.widthPx;
    canvas.height = clip.heightPx;
    const context = canvas.getContext("2d")!;
    const stream = canvas.captureStream();
    let dueMs = 0;
    let count = 0;
    const draw = (frameMs: number) => {
      if (stream.getTracks().some(({ readyState }) => readyState === "live")) {
        requestAnimationFrame(draw);
      }
      // Half an interval of the screen early is as near as its rate allows.
      if (frameMs < dueMs - 8) return;
      dueMs = Math.max(dueMs + 1000 / clip.fps, frameMs);
      const index = count++ % clip.positionsPx.length;
      context.fillStyle = clip.background;
      context.fillRect(0, 0, clip.widthPx, clip.heightPx);
      context.drawImage(picture, ...clip.positionsPx[index]!);
      drawCode(context, index, 0);
      const drawnMs = performance.timeOrigin + performance.now();
      drawCode(context, Math.floor(drawnMs) % clip.codeNumbers, clip.timeRow);
    };
    requestAnimationFrame(draw);
    return stream;
  };
}

function dataUrl({ widthPx, heightPx, pixels }: GreyPicture): string {
  const png = new PNG({ width: widthPx, height: heightPx });
  pixels.forEach((grey, at) => png.data.set([grey, grey, grey, 255], at * 4));
  return `data:image/png;base64,${PNG.sync.write(png).toString("base64")}`;
}
