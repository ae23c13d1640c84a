/** JPEG on wasm32: the pixels of another decoder, and a named error for everything hostile. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import jpeg from "jpeg-js";
import { initVision, Vision, VisionError, type VisionErrorCode } from "./mod.ts";
import { plainInput } from "./specs_test_util.ts";

const DATA = new URL("./tests/data/", import.meta.url);
const NAMES = ["baseline.jpg", "progressive.jpg", "grey.jpg"] as const;
/** What a file that is no picture may be. */
const REFUSALS: ReadonlySet<VisionErrorCode> = new Set([
  "jpeg-truncated",
  "jpeg-format",
  "jpeg-unsupported",
  "jpeg-size",
]);

async function newVision(): Promise<Vision> {
  await initVision();
  return new Vision({
    input: plainInput(64, 64),
    head: { kind: "yolov8", classes: 1, strides: [], boxes: 84 },
  });
}

const readData = (name: string) => Deno.readFile(new URL(name, DATA));

/** The picture as RGB, a copy. */
function decode(vision: Vision, file: Uint8Array) {
  vision.jpegBuffer(file.length).set(file);
  const layout = vision.readJpeg();
  const { widthPx, heightPx } = layout;
  return { layout, widthPx, heightPx, rgb: vision.frameBuffer(widthPx * heightPx * 3).slice() };
}

/** The code of what is thrown, `picture` if nothing is. */
function outcome(vision: Vision, file: Uint8Array, maxSidePx = 256): VisionErrorCode | "picture" {
  vision.jpegBuffer(file.length).set(file);
  try {
    vision.readJpeg({ maxSidePx });
    return "picture";
  } catch (error) {
    assert.ok(error instanceof VisionError, `${error}`);
    return error.code;
  }
}

function assertNamed(vision: Vision, file: Uint8Array): void {
  const found = outcome(vision, file);
  assert.ok(found === "picture" || REFUSALS.has(found), found);
}

/** Peak signal-to-noise ratio of RGB against RGBA, dB. */
function psnr(rgb: Uint8Array, rgba: Uint8Array): number {
  let sum = 0;
  rgb.forEach((value, i) => sum += (value - rgba[Math.floor(i / 3) * 4 + i % 3]!) ** 2);
  return 10 * Math.log10(255 ** 2 * rgb.length / sum);
}

function assertLikeJpegJs(vision: Vision, file: Uint8Array, leastDb: number): void {
  const expected = jpeg.decode(Buffer.from(file), { useTArray: true });
  const { widthPx, heightPx, rgb } = decode(vision, file);
  assert.deepEqual([widthPx, heightPx], [expected.width, expected.height]);
  const found = psnr(rgb, expected.data);
  assert.ok(found >= leastDb, `${found} dB`);
}

/** With the two bytes of width and height of its frame header changed. */
function withSize(file: Uint8Array, code: number, widthPx: number, heightPx: number): Uint8Array {
  const changed = file.slice();
  const at = changed.findIndex((byte, i) => byte === 0xff && changed[i + 1] === code);
  new DataView(changed.buffer).setUint16(at + 5, heightPx);
  new DataView(changed.buffer).setUint16(at + 7, widthPx);
  return changed;
}

Deno.test("readJpeg gives the pixels that jpeg-js gives, at any size", async () => {
  const vision = await newVision();
  for (const [width, height] of [[1, 1], [7, 9], [16, 16], [17, 40], [161, 99]] as const) {
    const data = Buffer.alloc(width * height * 4);
    for (let i = 0; i < data.length; i++) {
      const [x, y] = [(i >> 2) % width, Math.floor((i >> 2) / width)];
      data[i] = [x * 255 / width, y * 255 / height, (x + y) % 64 + 90, 255][i % 4]!;
    }
    const { data: file } = jpeg.encode({ width, height, data }, 90);
    assertLikeJpegJs(vision, file, 45);
  }
  vision.free();
});

Deno.test("readJpeg reads baseline, progressive and grey", async () => {
  const vision = await newVision();
  // jpeg-js repeats chroma where we interpolate: little is left to compare on 40 × 24 px of noise.
  for (const name of NAMES) assertLikeJpegJs(vision, await readData(name), 25);
  const baseline = decode(vision, await readData("baseline.jpg")).rgb;
  assert.deepEqual(decode(vision, await readData("progressive.jpg")).rgb, baseline);
  vision.free();
});

Deno.test("readJpeg gives the pixels that jpeg-js gives of photographs", async () => {
  const vision = await newVision();
  for (const name of ["astronaut.jpg", "coffee.jpg"]) {
    const picture = new URL(`../../models/pictures/${name}`, import.meta.url);
    assertLikeJpegJs(vision, await Deno.readFile(picture), 38);
  }
  vision.free();
});

Deno.test("the tensor of a JPEG is that of its pixels as RGBA, bit for bit", async () => {
  const vision = await newVision();
  const { layout, widthPx, heightPx, rgb } = decode(vision, await readData("baseline.jpg"));
  const tensor = vision.letterbox(layout).slice();
  const rgba = vision.frameBuffer(widthPx * heightPx * 4).fill(255);
  rgb.forEach((value, i) => rgba[Math.floor(i / 3) * 4 + i % 3] = value);
  const planes = [{ offset: 0, stride: widthPx * 4 }];
  assert.deepEqual(vision.letterbox({ ...layout, format: "RGBA", planes }).slice(), tensor);
  vision.free();
});

Deno.test("a file cut off anywhere is jpeg-truncated", async () => {
  const vision = await newVision();
  for (const name of NAMES) {
    const file = await readData(name);
    for (let end = 0; end < file.length; end++) {
      assert.equal(outcome(vision, file.subarray(0, end)), "jpeg-truncated", `${name}, ${end}`);
    }
  }
  vision.free();
});

Deno.test("a size beyond the bounds is refused before anything is allocated for it", async () => {
  const vision = await newVision();
  for (const [name, code] of [["baseline.jpg", 0xc0], ["progressive.jpg", 0xc2]] as const) {
    const file = await readData(name);
    const { byteLength } = vision.headBuffer().buffer;
    const refused = (width: number, height: number, max: number) =>
      assert.equal(outcome(vision, withSize(file, code, width, height), max), "jpeg-size");
    refused(65535, 65535, 4096);
    refused(65535, 65535, 0xffff_ffff);
    refused(4097, 1, 4096);
    refused(1, 4097, 4096);
    refused(0, 24, 4096);
    refused(40, 24, 39);
    refused(40, 24, 0);
    refused(8192, 2049, 8192);
    assert.equal(vision.headBuffer().buffer.byteLength, byteLength);
    assert.equal(outcome(vision, file), "picture");
  }
  vision.free();
});

Deno.test("a header of more pixels than there are in the file is no picture", async () => {
  const vision = await newVision();
  for (const name of ["baseline.jpg", "grey.jpg"]) {
    const found = outcome(vision, withSize(await readData(name), 0xc0, 200, 200));
    assert.ok(found === "jpeg-truncated" || found === "jpeg-format", found);
  }
  vision.free();
});

Deno.test("CMYK is refused by name", async () => {
  const vision = await newVision();
  const components = [1, 2, 3, 4].flatMap((id) => [id, 0x11, 0]);
  const frame = [0xff, 0xc0, 0, 20, 8, 0, 24, 0, 40, 4, ...components];
  assert.equal(outcome(vision, Uint8Array.of(0xff, 0xd8, ...frame)), "jpeg-unsupported");
  vision.free();
});

Deno.test("changed and random bytes give a picture or a named error; memory stays flat", async () => {
  const vision = await newVision();
  const files = await Promise.all(NAMES.map(readData));
  // The largest that the mutations can ask for.
  for (const [i, code] of [[0, 0xc0], [1, 0xc2]] as const) {
    outcome(vision, withSize(files[i]!, code, 256, 256));
  }
  const change = fc.tuple(fc.nat({ max: 700 }), fc.integer({ min: 0, max: 255 }));
  const changes = fc.array(change, { minLength: 1, maxLength: 8 });
  const mutate = (rounds: number) =>
    fc.assert(
      fc.property(fc.constantFrom(...files), changes, (file, changes) => {
        const changed = file.slice();
        for (const [at, value] of changes) changed[at % changed.length] = value;
        assertNamed(vision, changed);
      }),
      { numRuns: rounds },
    );
  mutate(500);
  const { byteLength } = vision.headBuffer().buffer;
  mutate(2000);
  fc.assert(
    fc.property(fc.nat({ max: 40 }), fc.uint8Array({ maxLength: 600 }), (head, bytes) => {
      assertNamed(vision, Uint8Array.of(...files[0]!.subarray(0, head), ...bytes));
    }),
    { numRuns: 1000 },
  );
  assert.equal(vision.headBuffer().buffer.byteLength, byteLength, "the memory has grown");
  assert.equal(outcome(vision, files[0]!), "picture");
  vision.free();
});
