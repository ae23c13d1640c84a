import assert from "node:assert/strict";
import { FakeFeed, FakeWorker } from "../inference/testing/fake_worker.ts";
import { type FromPresenter, NONE_SKIPPED, type ToPresenter } from "./present_messages.ts";
import { StagePresenter } from "./stage_presenter.ts";
import { resultOf } from "./testing/results.ts";

type PresenterWorker = FakeWorker<ToPresenter, FromPresenter>;

/** A canvas element as far as a presenter uses it. */
class FakeCanvas {
  readonly clientWidth = 300;
  readonly clientHeight = 200;
  readonly style: Record<string, string> = {};
  replacedBy: FakeCanvas | null = null;
  isGiven = false;

  transferControlToOffscreen(): object {
    assert.equal(this.isGiven, false, "a canvas can be given once");
    this.isGiven = true;
    return { of: this };
  }

  cloneNode(): FakeCanvas {
    return new FakeCanvas();
  }

  replaceWith(other: FakeCanvas): void {
    this.replacedBy = other;
  }
}

function set() {
  (globalThis as Record<string, unknown>).ResizeObserver = class {
    observe(): void {}
    unobserve(): void {}
    disconnect(): void {}
  };
  const workers: PresenterWorker[] = [];
  const failures: string[] = [];
  const video = { style: {} as Record<string, string> };
  const canvas = new FakeCanvas();
  let reports = 0;
  const presenter = new StagePresenter({
    video: video as unknown as HTMLVideoElement,
    canvas: canvas as unknown as HTMLCanvasElement,
    startWorker() {
      workers.push(new FakeWorker());
      return workers.at(-1)!;
    },
    onShown: () => reports += 1,
    onFailed: (message) => failures.push(message),
  });
  const current = () => {
    let last = canvas;
    while (last.replacedBy !== null) last = last.replacedBy;
    return last;
  };
  return { presenter, workers, failures, video, canvas: current, reports: () => reports };
}

const FRAME = { key: null, receivedAtMs: 0, displayedAtMs: 0, isFirst: true } as const;

const SHOWN: Extract<FromPresenter, { kind: "shown" }> = {
  kind: "shown",
  frames: [{ ...FRAME, boxes: "none", resultKey: null, ageMs: null }],
  counts: {
    received: 1,
    shown: 1,
    skipped: NONE_SKIPPED,
    paired: 0,
    unpaired: 0,
    fallenBack: 0,
  },
  delayMs: 0,
};

Deno.test("StagePresenter gives its Worker a canvas and all that was said before", () => {
  const { presenter, workers } = set();
  presenter.setDisplay("synced", true);
  presenter.addResult(resultOf(5));
  const [worker] = workers;
  assert.equal(worker!.sent[0]?.kind, "canvas");
  assert.deepEqual(worker!.of("display").map(({ display }) => display), ["live", "synced"]);
  const [area] = worker!.of("area");
  assert.deepEqual([area?.widthPx, area?.heightPx], [300, 200]);
  assert.equal(worker!.of("result")[0]?.result.key?.value, 5);
});

Deno.test("StagePresenter shows the video until something is painted", () => {
  const { workers, video, canvas, reports } = set();
  assert.deepEqual([video.style.opacity, canvas().style.visibility], ["", "hidden"]);
  workers[0]!.say({ ...SHOWN, frames: [] });
  assert.deepEqual([video.style.opacity, canvas().style.visibility], ["", "hidden"]);
  workers[0]!.say(SHOWN);
  assert.deepEqual([video.style.opacity, canvas().style.visibility], ["0", ""]);
  assert.equal(reports(), 2);
});

Deno.test("StagePresenter has the picture stay where only the feed of a camera changes", () => {
  const { presenter, workers } = set();
  const kinds = () => workers[0]!.sent.splice(0).map(({ kind }) => kind);
  kinds();
  presenter.setFeed(new FakeFeed());
  assert.deepEqual(kinds().slice(0, 1), ["stop"]);
  presenter.setFeed(new FakeFeed(), true);
  assert.deepEqual(kinds().slice(0, 2), ["hold", "stop"]);
});

Deno.test("StagePresenter starts another Worker once, with a new canvas and the same wishes", () => {
  const { presenter, workers, failures, video, canvas } = set();
  const feed = new FakeFeed();
  presenter.setFeed(feed);
  presenter.setDisplay("synced", true);
  presenter.setExpect(true);
  presenter.setSeen(false);
  workers[0]!.say(SHOWN);
  const first = canvas();
  workers[0]!.die();
  assert.equal(workers.length, 2);
  assert.notEqual(canvas(), first);
  assert.equal(workers[0]!.isTerminated, true);
  assert.equal(feed.attached, 1);
  assert.equal(workers[1]!.of("display").at(-1)?.display, "synced");
  assert.equal(workers[1]!.of("expect").at(-1)?.results, true);
  for (const worker of workers) assert.equal(worker.of("seen").at(-1)?.isSeen, false);
  assert.equal(workers[1]!.of("frame").length, 1);
  assert.equal(video.style.opacity, "");
  assert.deepEqual(failures, []);

  workers[1]!.say({ kind: "failed", message: "No more memory." });
  assert.equal(workers.length, 2);
  assert.equal(feed.attached, 0);
  assert.match(failures[0]!, /only the video is shown\. No more memory/);
  presenter.addResult(resultOf(1));
  presenter.setFeed(null);
  presenter.close();
});

Deno.test("StagePresenter: frames of a source that was left are not asked for any more", () => {
  const { presenter, workers } = set();
  const [a, b] = [new FakeFeed(), new FakeFeed()];
  presenter.setFeed(a);
  presenter.setFeed(b);
  workers[0]!.say({ kind: "accepted" });
  assert.deepEqual([a.attached, b.attached, a.accepted, b.accepted], [0, 1, 0, 1]);
  presenter.close();
  assert.deepEqual([b.attached, workers[0]!.isTerminated], [0, true]);
});

Deno.test("StagePresenter: a picture is asked of the Worker; with the Worker it is gone", async () => {
  const { presenter, workers } = set();
  const key = { clock: "rtp", value: 7 } as const;
  const first = presenter.takePicture(key);
  const second = presenter.takePicture(key);
  const orders = workers[0]!.sent.filter(({ kind }) => kind === "picture");
  assert.deepEqual(orders, [{ kind: "picture", id: 1, key }, { kind: "picture", id: 2, key }]);
  const bitmap = {} as ImageBitmap;
  workers[0]!.say({ kind: "picture", id: 1, bitmap });
  assert.equal(await first, bitmap);
  presenter.close();
  assert.equal(await second, null);
  assert.equal(await presenter.takePicture(key), null);
});
