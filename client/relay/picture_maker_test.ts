import assert from "node:assert/strict";
import { encodeRelayFrame } from "@/protocol";
import { settle } from "../base/testing/fake_timers.ts";
import { PictureMaker } from "./picture_maker.ts";
import type { CameFrame, PictureDrops } from "./picture_messages.ts";

class FakeBitmap {
  readonly width = 640;
  readonly height: number;
  isClosed = false;

  constructor(height: number) {
    this.height = height;
  }

  close(): void {
    this.isClosed = true;
  }
}

function setUp() {
  const came: CameFrame[] = [];
  const pictures: ImageBitmap[] = [];
  const done: number[] = [];
  const decoded: FakeBitmap[] = [];
  const scene: { dropped: PictureDrops | null; decode: Promise<unknown> } = {
    dropped: null,
    decode: Promise.resolve(),
  };
  const maker = new PictureMaker({
    epochMs: () => 5_000,
    async decode(jpeg) {
      await scene.decode;
      if (jpeg.length === 1) return null;
      const bitmap = new FakeBitmap(jpeg.length === 2 ? 10 : 480);
      decoded.push(bitmap);
      return bitmap as unknown as ImageBitmap;
    },
    onCame(frame, dropped) {
      came.push(frame);
      scene.dropped = dropped;
    },
    onPicture: (bitmap) => pictures.push(bitmap),
    onDone: (frameId) => done.push(frameId),
  });
  const hear = (frameId: number, { captureTimeMs = frameId * 100, bytes = 9 } = {}) =>
    maker.receive(encodeRelayFrame({
      ...{ frameId, widthPx: 640, heightPx: 480, captureTimeMs },
      jpeg: new Uint8Array(bytes),
    }));
  return { maker, came, pictures, done, decoded, scene, hear };
}

Deno.test("PictureMaker tells of a frame at once, and of its picture when it is made", async () => {
  const { hear, came, pictures, done } = setUp();
  hear(7);
  assert.deepEqual(came, [{
    ...{ frameId: 7, captureTimeMs: 700, key: { clock: "media", value: 700 } },
    ...{ widthPx: 640, heightPx: 480, jpegBytes: 9, receivedAtMs: 5_000 },
  }]);
  assert.deepEqual([pictures.length, done], [0, []]);
  await settle();
  assert.deepEqual([pictures.length, done], [1, [7]]);
});

Deno.test("PictureMaker leaves out what is overtaken, stale or broken, and acknowledges it", async () => {
  const { maker, hear, pictures, done, decoded, scene } = setUp();
  const { promise, resolve } = Promise.withResolvers<void>();
  scene.decode = promise;
  for (const frameId of [1, 2, 3]) hear(frameId);
  resolve();
  await settle();
  assert.deepEqual([pictures.length, done], [2, [1, 3]]);
  for (
    const [frameId, how] of [[4, { captureTimeMs: 300 }], [5, { bytes: 1 }], [6, {
      bytes: 2,
    }]] as const
  ) {
    hear(frameId, how);
    await settle();
  }
  maker.receive(new Uint8Array(3));
  assert.deepEqual([pictures.length, done.slice(2)], [2, [4, 5, 6]]);
  assert.deepEqual(scene.dropped, { superseded: 1, stale: 1, broken: 3 });
  assert.deepEqual(decoded.map(({ isClosed }) => isClosed), [false, false, true, true]);
});
