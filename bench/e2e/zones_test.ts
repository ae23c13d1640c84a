/**
 * What zones count, and events that a webhook gets, or does not.
 *
 * Takes about 70 s on two busy cores.
 */
import assert from "node:assert/strict";
import type { ZoneEvent } from "@/protocol";
import type { Page } from "playwright-core";
import { BROWSER, openBrowser, type RigBrowser } from "../browser.ts";
import { openCalmViewer } from "../calm_viewer.ts";
import { clipFrame, type ClipSpec, frameCount } from "../clip.ts";
import { findDrawnBoxes } from "../drawn_boxes.ts";
import { clipFile } from "../fixtures.ts";
import { iou } from "../picture.ts";
import { joinByQr } from "../people.ts";
import { startServer } from "../server.ts";
import { waitForBox, waitForVideo } from "../stage.ts";
import {
  clickPlaces,
  crossingClip,
  frameOf,
  isSigned,
  openWebhookReceiver,
  type Place,
  readJpeg,
  sinceCrossing,
  type WebhookReceiver,
} from "../zones.ts";
import { until } from "../until.ts";

const SECRET = "the-secret-of-this-test";

/** Low enough that the person, of .7 and more, is not lost on the way; high enough for nothing else. */
const SCORE = 0.5;

/** The person crosses the middle every four seconds. */
const CROSSING_MS = 30_000;

/** The lower left quarter, below the clip's frame number. */
const QUARTER: readonly Place[] = [[0.004, 0.5], [0.5, 0.5], [0.5, 0.996], [0.004, 0.996]];

interface Crossing extends AsyncDisposable {
  readonly spec: ClipSpec;
  readonly viewer: RigBrowser;
  readonly phone: RigBrowser;
  readonly receiver: WebhookReceiver;
}

/** A phone that sees a person walk to and fro, its viewer, and a receiver of events. */
async function openCrossing(): Promise<Crossing> {
  await using stack = new AsyncDisposableStack();
  const spec = await crossingClip();
  const clip = stack.use(await clipFile(spec));
  const receiver = stack.use(openWebhookReceiver());
  const server = stack.use(
    await startServer({
      flags: ["--webhook", receiver.url],
      env: { PEERLENS_WEBHOOK_SECRET: SECRET },
    }),
  );
  const viewport = { width: 1280, height: 900 };
  const viewer = stack.use(await openCalmViewer(server, { viewport }));
  const phone = stack.use(await openBrowser({ role: "phone", clip: clip.path }));
  await viewer.page.goto(`${server.httpUrl}/?score=${SCORE}`);
  await joinByQr(phone.page, viewer.page);
  await waitForVideo(viewer.page);
  const all = stack.move();
  return { spec, viewer, phone, receiver, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

/** What happened first is first. */
async function readEvents(page: Page): Promise<string[]> {
  const rows = await page.getByTestId("event").allInnerTexts();
  return rows.map((row) => row.trim().split("\n")[0]!).reverse();
}

async function waitForEvents(page: Page, count: number): Promise<void> {
  await page.getByTestId("event").nth(count - 1).waitFor({ timeout: count * CROSSING_MS });
}

async function waitForPosted(receiver: WebhookReceiver, count: number): Promise<void> {
  const why = () => `Only ${receiver.posted.length} events came`;
  await until(() => receiver.posted.length >= count, why, { timeoutMs: count * CROSSING_MS });
}

/** What an event's own picture says of it. */
interface Judged {
  /** On the person; in the live view boxes fade on a busy machine. */
  readonly hasBox: boolean;
  /** By the known way of the person, a moment before: into the left half, or out of it. */
  readonly isAtCrossing: boolean;
}

/** Judges an event by the frame in its own picture. */
function judge(spec: ClipSpec, event: ZoneEvent): Judged {
  const { snapshot, kind, label, box } = event;
  assert.equal(label, "person");
  assert.ok(snapshot !== null, "no picture");
  const bytes = Uint8Array.from(atob(snapshot.data), (char) => char.charCodeAt(0));
  assert.ok(bytes.byteLength <= 200_000);
  const shot = readJpeg(bytes, snapshot.mirrored);
  assert.deepEqual([shot.widthPx, shot.heightPx], [snapshot.width_px, snapshot.height_px]);
  assert.ok(Math.max(shot.widthPx, shot.heightPx) <= 640);
  assert.ok(Math.abs(shot.widthPx / shot.heightPx - 4 / 3) < 0.02);
  const frame = frameOf(shot);
  assert.ok(frame !== undefined, "the picture shows no frame of the clip");
  const foot = (box.xmin + box.xmax) / 2;
  const { objectXyxy } = clipFrame(spec, frame);
  if (!event.lost) assert.ok(kind === "enter" ? foot <= 0.5 : foot > 0.5);
  // The picture is of that frame or a later one, on a busy machine a good deal later.
  const back = Array.from({ length: 3 * spec.fps }, (_, index) => frame - index);
  const count = frameCount(spec);
  const wasThere = back.some((index) =>
    iou(box, clipFrame(spec, (index + count) % count).objectXyxy) > 0.6
  );
  assert.ok(wasThere, `nobody was at ${JSON.stringify(box)} before frame ${frame}`);
  // In a picture that is turned back, boxes are where the person is, too.
  const { widthPx, heightPx } = shot;
  const drawn = findDrawnBoxes(shot, { xPx: 0, yPx: 0, widthPx, heightPx });
  const hasBox = drawn.some((one) => iou(one, objectXyxy) > 0.5);
  const direction = kind === "enter" ? "left" : "right";
  const seconds = sinceCrossing(spec, frame, { x: 0.5, direction });
  // The box's middle is not quite the person's.
  const isAtCrossing = !event.lost && seconds > -1 && seconds < 3;
  // Whoever leaves has crossed the line; who is new to the detector may appear inside.
  if (kind === "leave" && !event.lost) assert.ok(isAtCrossing, `${seconds} s after, ${frame}`);
  return { hasBox, isAtCrossing };
}

Deno.test(
  "a zone counts the person who crosses it; a webhook learns of it only when it may",
  BROWSER,
  async () => {
    await using crossing = await openCrossing();
    const { spec, viewer, phone, receiver } = crossing;
    const { page } = viewer;
    await page.getByRole("button", { name: "Draw a zone" }).click();
    await clickPlaces(page, [...QUARTER, QUARTER[0]!]);
    await page.getByLabel("Name of Zone 1").fill("Left");
    await page.keyboard.press("Tab");
    await waitForEvents(page, 3);
    const words = await readEvents(page);
    const [enter, leave] = [/^person entered (Left|Zone 1)$/, /^person (left|was lost in) /];
    assert.ok(words.every((event) => enter.test(event) || leave.test(event)), words.join(", "));
    assert.match(words[0]!, enter);
    assert.ok(words.some((event) => leave.test(event)), words.join(", "));
    const entered = words.filter((event) => enter.test(event)).length;
    const count = await page.getByTestId("zone-count-z1").innerText();
    assert.match(count, /^[01] now, (\d+) entered$/);
    assert.ok(Number(count.match(/(\d+) entered/)![1]) - entered <= 1);

    // So far nobody allowed that anything leaves.
    const hook = page.getByLabel(`Send events to the webhook at ${receiver.host}`);
    assert.equal(await hook.isChecked(), false);
    assert.equal(receiver.posted.length, 0);
    assert.match(await page.getByTestId("privacy").innerText(), /No frame reaches the server/);
    await phone.page.getByText("Frames stay between the two devices only.").waitFor();

    await hook.check();
    assert.doesNotMatch(await page.getByTestId("privacy").innerText(), /No frame reaches/);
    await page.getByTestId("privacy").filter({ hasText: receiver.host }).waitFor();
    await phone.page.getByText(RegExp(`a picture of each event.*${receiver.host}`)).waitFor();
    await waitForPosted(receiver, 2);
    await page.getByTestId("event").filter({ hasText: "Delivered" }).nth(1).waitFor();

    await page.getByLabel("Mirror the picture").check();
    const before = receiver.posted.length;
    // One may have been on its way.
    await waitForPosted(receiver, before + 3);
    await hook.uncheck();
    const events: ZoneEvent[] = [];
    for (const posted of receiver.posted) {
      assert.ok(await isSigned(posted, SECRET));
      events.push(JSON.parse(posted.text));
    }
    // The detector may lose the person, who is then somebody else to it: turns are taken per track.
    for (const trackId of new Set(events.map((event) => event.track_id))) {
      const kinds = events.filter((event) => event.track_id === trackId).map(({ kind }) => kind);
      assert.ok(kinds.every((kind, index) => kind !== kinds[index - 1]), kinds.join(", "));
    }
    const judged = events.map((event) => ({ ...judge(spec, event), event }));
    for (const isMirrored of [false, true]) {
      const some = judged.filter(({ event }) => event.snapshot!.mirrored === isMirrored);
      assert.ok(some.some(({ hasBox }) => hasBox), "no box at all");
    }
    for (const kind of ["enter", "leave"]) {
      const some = judged.filter(({ event }) => event.kind === kind);
      assert.ok(some.some(({ isAtCrossing }) => isAtCrossing), `no ${kind} at the line`);
    }
    const mirrored = events.map(({ snapshot }) => snapshot!.mirrored);
    assert.deepEqual([mirrored[0], mirrored.at(-1)], [false, true]);
    assert.equal(new Set(events.map(({ id }) => id)).size, events.length);

    const sent = receiver.posted.length;
    await page.getByRole("button", { name: "Clear events" }).click();
    await waitForEvents(page, 2);
    assert.equal(receiver.posted.length, sent, "sent although it was switched off");
    await phone.page.getByText("Frames stay between the two devices only.").waitFor();
    const config = await page.evaluate(async () => await (await fetch("/api/config")).text());
    assert.ok(config.includes(receiver.host) && !config.includes("only-the-operator"));
    assert.deepEqual([...viewer.errors, ...phone.errors], []);
    assert.ok([...viewer.hosts].every((host) => host.startsWith("localhost:")));
  },
);

Deno.test(
  "an object in the synced view makes an event with a picture of its own frame",
  BROWSER,
  async () => {
    const spec = await crossingClip();
    await using clip = await clipFile(spec);
    await using server = await startServer();
    await using viewer = await openCalmViewer(server, { clip: clip.path });
    const { page } = viewer;
    // As a link would have it: no mouse needed.
    const zone = "Left:0,500,500,500,500,1000,0,1000:el:person";
    await page.goto(`${server.httpUrl}/?score=${SCORE}&display=synced&zones=${zone}`);
    await page.getByRole("button", { name: "Use this computer's camera" }).click();
    await waitForBox(page);
    await waitForEvents(page, 3);
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Save events (NDJSON)" }).click(),
    ]);
    const text = await Deno.readTextFile(await download.path());
    const events: ZoneEvent[] = text.trimEnd().split("\n").map((line) => JSON.parse(line));
    assert.ok(events.length >= 3);
    for (const [index, event] of events.entries()) {
      // Each picture is of the very frame that the event is of, or one of the next.
      assert.ok(judge(spec, event).hasBox || event.lost, `no box: ${index}`);
      assert.equal(event.capture_clock, "receiveTime");
    }
  },
);
