import type { Page } from "playwright-core";
import type { BoxXyxy } from "../picture.ts";
import { type ProfileOptions, scriptOf } from "../browser.ts";
import { codeWord } from "../../server/protocol/frame_code.ts";

// How the bench has results late and rare, whatever the machine: a script before that of the viewer's
// presenter Worker, through which all frames to be examined and all results go, in both modes. It hands
// out frames no faster than told, and holds back results. The product knows nothing of it.

/** When frames are examined. */
export interface Schedule {
  /** From one examined frame to the next, ms; 0: as soon as the detector asks. */
  readonly everyMs: number;
  /** From handing a frame out until its result is let through, ms, if it is there by then. */
  readonly lateMs: number;
}

/** One result as the presenter got it. Times are ms since the epoch. */
export interface HeldResult {
  /** Number burned into its frame; `null` when it cannot be read. */
  readonly frame: number | null;
  /** When the frame was handed out, and when the result was let through. */
  readonly givenMs: number;
  readonly shownMs: number;
  readonly found: readonly {
    readonly box: BoxXyxy;
    /** The same for the same object, as far as the tracker knows; `null`: it says nothing. */
    readonly track: string | null;
  }[];
}

/** What the script leaves in its Worker. */
interface Held {
  schedule: Schedule;
  readonly results: HeldResult[];
}

const PRESENTER = /\/presenter-[^/]*\.js$/;

/** The script, for the viewer's browser. Without {@linkcode setSchedule} it holds nothing back. */
export function heldResultsScript(): NonNullable<ProfileOptions["workerScript"]> {
  const { content } = scriptOf(holdResults, null);
  return { files: PRESENTER, content: `{ ${codeWord}\n${content} }` };
}

/** From now on in the page as it is. @throws {Error} If the page has no presenter Worker. */
export async function setSchedule(page: Page, schedule: Schedule): Promise<void> {
  await presenterOf(page).evaluate((schedule) => {
    (globalThis as unknown as { peerlensHeld: Held }).peerlensHeld.schedule = schedule;
  }, schedule);
}

/** All results since the page was opened. @throws {Error} If it has no presenter Worker. */
export async function heldResults(page: Page): Promise<readonly HeldResult[]> {
  return await presenterOf(page).evaluate(() =>
    (globalThis as unknown as { peerlensHeld: Held }).peerlensHeld.results
  );
}

function presenterOf(page: Page) {
  const worker = page.workers().find((worker) => PRESENTER.test(worker.url()));
  if (worker === undefined) throw new Error("Cannot find the presenter Worker of the page");
  return worker;
}

/** Runs in the Worker, before the product's own code. Stands alone but for `codeWord`. */
export function holdResults(): void {
  interface Given {
    readonly atMs: number;
    readonly frame: Promise<number | null>;
  }
  type Key = { clock: string; value: number } | null;
  interface Result {
    readonly key: Key;
    readonly detections: readonly { box: BoxXyxy; trackId: number | null }[];
    readonly weak: readonly { box: BoxXyxy; trackId: number | null }[];
    readonly trackEpoch: number | null;
  }

  const held: Held = { schedule: { everyMs: 0, lateMs: 0 }, results: [] };
  Object.assign(globalThis, { peerlensHeld: held });
  const given = new Map<string, Given>();
  const released = new WeakSet<Event>();
  let takenMs = -Infinity;

  const epochMs = () => performance.timeOrigin + performance.now();
  const nameOf = (key: Key) => key === null ? "" : `${key.clock} ${key.value}`;

  /** Has an event come again later, if it is not time for it. */
  function hold(target: EventTarget, event: MessageEvent, untilMs: number): void {
    const waitMs = untilMs - epochMs();
    if (waitMs <= 0) return;
    event.stopImmediatePropagation();
    setTimeout(() => {
      const again = new MessageEvent("message", { data: event.data });
      released.add(again);
      target.dispatchEvent(again);
    }, waitMs);
  }

  function holdResult(target: EventTarget, event: MessageEvent): void {
    const result: Result = event.data.result;
    const from = given.get(nameOf(result.key));
    const givenMs = from?.atMs ?? epochMs();
    const shownMs = Math.max(epochMs(), givenMs + held.schedule.lateMs);
    hold(target, event, shownMs);
    const found = [...result.detections, ...result.weak].map(({ box, trackId }) => ({
      box: { xmin: box.xmin, ymin: box.ymin, xmax: box.xmax, ymax: box.ymax },
      track: trackId === null ? null : `${result.trackEpoch} ${trackId}`,
    }));
    void Promise.resolve(from?.frame ?? null).then((frame) => {
      held.results.push({ frame, givenMs, shownMs, found });
    });
  }

  self.addEventListener("message", (event: MessageEvent) => {
    if (released.has(event)) return;
    if (event.data.kind === "result") return holdResult(self, event);
    if (event.data.kind !== "lend") return;
    const port: MessagePort = event.data.port;
    port.addEventListener("message", (event) => {
      if (released.has(event)) return;
      if (event.data.kind === "result") return holdResult(port, event);
      if (event.data.kind === "want") hold(port, event, takenMs + held.schedule.everyMs);
    });
  });

  const post = MessagePort.prototype.postMessage;
  MessagePort.prototype.postMessage = function (message, ...rest: unknown[]) {
    if (message?.kind === "frame") {
      const { everyMs } = held.schedule;
      const nowMs = epochMs();
      // From when it was due, so that what comes late does not add up.
      takenMs = nowMs - takenMs < 1.5 * everyMs ? takenMs + everyMs : nowMs;
      given.set(nameOf(message.key), { atMs: nowMs, frame: readNumber(message.frame) });
    }
    return post.call(this, message, ...rest as []);
  };

  /** The same as `readFrameCode`, of the brightness in a frame that is copied at once. */
  async function readNumber(frame: VideoFrame | ImageBitmap): Promise<number | null> {
    if (!("clone" in frame)) return null;
    const copy = frame.clone();
    try {
      const blockPx = copy.displayWidth / 40;
      const width = 2 * Math.ceil(8 * blockPx);
      const height = 2 * Math.ceil(blockPx / 2);
      const rect = { x: 0, y: 0, width, height };
      const bytes = new Uint8Array(copy.allocationSize({ rect }));
      const [plane] = await copy.copyTo(bytes, { rect });
      const { offset, stride } = plane!;
      let word = 0;
      for (let bit = 0; bit < 16; bit++) {
        const at = offset + Math.floor(blockPx / 2) * stride + Math.floor((bit + 0.5) * blockPx);
        word = (word << 1) | (bytes[at]! > 128 ? 1 : 0);
      }
      return word === codeWord(word >> 4) ? word >> 4 : null;
    } catch {
      return null;
    } finally {
      copy.close();
    }
  }

  // Boxes of one class have one colour, and where two cross nobody could tell them apart. So each has
  // a hue of its own in its frame. What is written at a box would cover another's lines.
  const HUES = 12;
  if (!("OffscreenCanvasRenderingContext2D" in globalThis)) return;
  const { prototype } = OffscreenCanvasRenderingContext2D;
  const { drawImage, strokeRect } = prototype;
  let count = 0;
  let last = "";
  prototype.drawImage = function (...args: unknown[]) {
    count = 0;
    last = "";
    return drawImage.apply(this, args as Parameters<typeof drawImage>);
  };
  prototype.strokeRect = function (...rect) {
    const style = this.strokeStyle;
    // Rims are translucent.
    if (typeof style === "string" && style.startsWith("#")) {
      if (rect.join() !== last) count += 1;
      last = rect.join();
      this.strokeStyle = `hsl(${count % HUES * 360 / HUES} 95% 55%)`;
    }
    strokeRect.apply(this, rect);
    this.strokeStyle = style;
  };
  prototype.fill = () => {};
  prototype.fillText = () => {};
}
