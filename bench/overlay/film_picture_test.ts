import assert from "node:assert/strict";
import { readFrameCode } from "../../server/protocol/frame_code.ts";
import type { GreyPicture } from "../picture.ts";
import { type Film, FILM_PX } from "./film.ts";
import { filmFile, pictureOf } from "./film_picture.ts";

const { widthPx, heightPx } = FILM_PX;
const place = { xPx: 300, yPx: 240, heightPx: 200 };
const FILM: Film = {
  ...{ family: "turns", seed: 1, fps: 10, bar: null },
  frames: [
    { objects: [place], shakePx: { xPx: 0, yPx: 0 } },
    { objects: [{ ...place, xPx: 340.5 }], shakePx: { xPx: 3, yPx: -2 } },
  ],
};

const at = ({ pixels }: GreyPicture, x: number, y: number) => pixels[y * widthPx + x]!;

Deno.test("pictureOf() draws the object where its truth is, and the frame's number", async () => {
  const whole = await pictureOf(FILM, { xmin: 0, ymin: 0, xmax: 1, ymax: 1 });
  const { box } = whole.truth(0)[0]!;
  // 200 px high, and as wide as the picture is.
  assert.deepEqual([box.xmin * widthPx, box.ymin * heightPx], [228, 140]);
  const [first, second] = [whole.draw(0), whole.draw(1)];
  // The flag behind the person is darker than any background.
  const dark = (frame: GreyPicture) => {
    const columns = Array.from({ length: widthPx }, (_, x) => at(frame, x, 145));
    return columns.findIndex((grey) => grey < 50);
  };
  assert.ok(dark(first) >= 228 && dark(first) < 260, `${dark(first)}`);
  assert.ok(Math.abs(dark(second) - dark(first) - 40.5) < 1, `${dark(second)} ${dark(first)}`);
  for (const [index, frame] of [first, second].entries()) {
    const number = readFrameCode((x, y) =>
      at(frame, Math.floor(x * widthPx), Math.floor(y * widthPx))
    );
    assert.equal(number, index);
  }
});

Deno.test("pictureOf() moves the background with the camera", async () => {
  const { draw } = await pictureOf(FILM);
  const [still, shaken] = [draw(0), draw(1)];
  for (let x = 20; x < 200; x += 10) assert.equal(at(shaken, x + 3, 400 - 2), at(still, x, 400));
});

Deno.test("pictureOf() knows what is hidden by a bar or by another object", async () => {
  const shakePx = { xPx: 0, yPx: 0 };
  const inner = { xmin: 0, ymin: 0, xmax: 1, ymax: 1 };
  const far = { ...place, xPx: 120 };
  const film: Film = {
    ...FILM,
    bar: { leftPx: 300, widthPx: 200 },
    frames: [{ objects: [place, far], shakePx }, { objects: [far, far], shakePx }],
  };
  const { truth } = await pictureOf(film, inner);
  const seen = [0, 1].map((frame) => truth(frame).map(({ visible }) => Number(visible.toFixed(2))));
  assert.deepEqual(seen, [[0.5, 1], [1, 0]]);
});

Deno.test("filmFile() writes a camera's file, and removes it", async () => {
  const picture = await pictureOf(FILM);
  let path: string;
  {
    await using file = await filmFile(picture);
    path = file.path;
    const { size } = await Deno.stat(path);
    const header = "YUV4MPEG2 W640 H480 F10:1 Ip A1:1 C420\n".length;
    assert.equal(size, header + 2 * ("FRAME\n".length + widthPx * heightPx * 3 / 2));
  }
  await assert.rejects(Deno.stat(path), Deno.errors.NotFound);
});
