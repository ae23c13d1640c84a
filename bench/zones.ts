import { Buffer } from "node:buffer";
import { decode } from "jpeg-js";
import type { Page } from "playwright-core";
import { clipFrame, type ClipSpec, frameCount } from "./clip.ts";
import { readFrameCode } from "../server/protocol/frame_code.ts";
import { personClip } from "./fixtures.ts";
import { greyAt, type Screenshot } from "./pixels.ts";
import { pictureArea } from "./stage.ts";

/** A place in the picture as the page shows it, 0–1. */
export type Place = readonly [x: number, y: number];

/** A person who walks slowly across the middle of the frame and back: 75 px a second. */
export async function crossingClip(): Promise<ClipSpec> {
  const movement = { kind: "shuttle", travelPx: 300, rounds: 1 } as const;
  return { ...await personClip(), fps: 10, durationS: 8, movement };
}

/** Where the person stands in a frame: the middle of the lower side. */
export function footOf(spec: ClipSpec, frame: number): { x: number; y: number } {
  const { xmin, xmax, ymax } = clipFrame(spec, frame).objectXyxy;
  return { x: (xmin + xmax) / 2, y: ymax };
}

/**
 * How long before a frame the person went over `x` in this direction, in seconds of the clip;
 * negative: is about to.
 */
export function sinceCrossing(
  spec: ClipSpec,
  frame: number,
  { x, direction }: { readonly x: number; readonly direction: "left" | "right" },
): number {
  const count = frameCount(spec);
  const at = (index: number) => footOf(spec, (index + 2 * count) % count).x;
  const back = Array.from({ length: count }, (_, index) => index).find((index) => {
    const [before, now] = [at(frame - index - 1), at(frame - index)];
    return direction === "left" ? before >= x && now < x : before < x && now >= x;
  });
  if (back === undefined) throw new TypeError(`Cannot tell when the person went over ${x}: never`);
  return (back > count / 2 ? back - count : back) / spec.fps;
}

/** Clicks these places of the picture with the mouse, one after the other. */
export async function clickPlaces(page: Page, places: readonly Place[]): Promise<void> {
  for (const place of places) {
    const { x, y } = await pixelOf(page, place);
    await page.mouse.click(x, y);
  }
}

/** Drags the mouse from one place of the picture to another. */
export async function dragPlaces(page: Page, from: Place, to: Place): Promise<void> {
  const [start, end] = [await pixelOf(page, from), await pixelOf(page, to)];
  await page.mouse.move(start.x, start.y);
  await page.mouse.down();
  await page.mouse.move((start.x + end.x) / 2, (start.y + end.y) / 2, { steps: 3 });
  await page.mouse.move(end.x, end.y, { steps: 3 });
  await page.mouse.up();
}

async function pixelOf(page: Page, [x, y]: Place): Promise<{ x: number; y: number }> {
  const area = await pictureArea(page);
  if (area === undefined) throw new Error("Cannot find the picture on the page");
  return { x: area.xPx + x * area.widthPx, y: area.yPx + y * area.heightPx };
}

/** Decodes a JPEG; one that was mirrored is turned back. */
export function readJpeg(bytes: Uint8Array, isMirrored = false): Screenshot {
  const { width, height, data } = decode(Buffer.from(bytes), { formatAsRGBA: true });
  const shot = { widthPx: width, heightPx: height, pixels: new Uint8Array(data) };
  return isMirrored ? flipped(shot) : shot;
}

/** The clip's number on a picture that is nothing but a frame of it. */
export function frameOf(shot: Screenshot): number | undefined {
  return readFrameCode((x, y) => greyAt(shot, x * shot.widthPx, y * shot.widthPx));
}

function flipped({ widthPx, heightPx, pixels }: Screenshot): Screenshot {
  const turned = new Uint32Array(widthPx * heightPx);
  const source = new Uint32Array(pixels.buffer, pixels.byteOffset, widthPx * heightPx);
  for (let y = 0; y < heightPx; y++) {
    for (let x = 0; x < widthPx; x++) {
      turned[y * widthPx + x] = source[y * widthPx + widthPx - 1 - x]!;
    }
  }
  return { widthPx, heightPx, pixels: new Uint8Array(turned.buffer) };
}

/** One request that a receiver got. */
export interface Posted {
  readonly headers: Headers;
  readonly text: string;
}

/** A receiver of a webhook on this machine. */
export interface WebhookReceiver extends AsyncDisposable {
  /** With a part that no page is to learn. */
  readonly url: string;
  readonly host: string;
  readonly posted: readonly Posted[];
}

/** Starts one that takes everything. */
export function openWebhookReceiver(): WebhookReceiver {
  const posted: Posted[] = [];
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    async (request) => {
      posted.push({ headers: request.headers, text: await request.text() });
      return new Response("thanks");
    },
  );
  const host = `127.0.0.1:${server.addr.port}`;
  return {
    url: `http://${host}/hook?key=only-the-operator-knows`,
    host,
    posted,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** Whether a request was signed with this secret, as its receiver would find out. */
export async function isSigned({ headers, text }: Posted, secret: string): Promise<boolean> {
  const bytes = (value: string) => new TextEncoder().encode(value);
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", bytes(secret), algorithm, false, ["verify"]);
  const [, hex = ""] = headers.get("x-peerlens-signature")?.match(/^sha256=([0-9a-f]{64})$/) ?? [];
  const mac = Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
  const signed = bytes(`${headers.get("x-peerlens-timestamp")}.${text}`);
  return await crypto.subtle.verify("HMAC", key, mac, signed);
}
