import type { Page } from "playwright-core";
import { type InitScript, scriptOf } from "./browser.ts";

/** What the script below puts into the phone's page. */
interface TurnableCamera {
  turnCamera(widthPx: number, heightPx: number): void;
}

/** A phone's camera whose picture can be turned, as when the phone is; a fake one has one size for good. */
function turnableCamera({ fps }: { fps: number }): void {
  if (!navigator.mediaDevices) return;
  const getCamera = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (constraints) => {
    // The real one is asked for first, so that the page has the rights of one that has a camera.
    for (const track of (await getCamera(constraints)).getTracks()) track.stop();
    const canvas = document.createElement("canvas");
    const context = canvas.getContext("2d")!;
    const turn = (widthPx: number, heightPx: number) => {
      canvas.width = widthPx;
      canvas.height = heightPx;
    };
    turn(640, 480);
    Object.assign(globalThis, { turnCamera: turn });
    const stream = canvas.captureStream(fps);
    setInterval(() => {
      context.fillStyle = `hsl(${performance.now() / 10 % 360} 50% 50%)`;
      context.fillRect(0, 0, canvas.width, canvas.height);
    }, 1000 / fps);
    return stream;
  };
}

/** Gives a page such a camera. */
export const cameraAt = (fps: number): InitScript => scriptOf(turnableCamera, { fps });

/** Turns it, or has it another size. */
export const turnCamera = (phone: Page, widthPx: number, heightPx: number) =>
  phone.evaluate(
    ([width, height]) => (globalThis as unknown as TurnableCamera).turnCamera(width!, height!),
    [widthPx, heightPx],
  );
