import assert from "node:assert/strict";
import { PNG } from "pngjs";
import QRCode from "qrcode";
import { decodeQr, findDrawnBoxes, greyAt, readPng, type Screenshot } from "./pixels.ts";

const GREEN = [30, 240, 90] as const;

function greyShot(widthPx: number, heightPx: number): Screenshot {
  const pixels = new Uint8Array(widthPx * heightPx * 4).fill(120);
  return { widthPx, heightPx, pixels };
}

/** Strokes of 3 px whose outer edges are at left, top, right and bottom (exclusive). */
function drawBox(shot: Screenshot, [left, top, right, bottom]: [number, number, number, number]) {
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) {
      const inside = x >= left + 3 && x < right - 3 && y >= top + 3 && y < bottom - 3;
      if (!inside) shot.pixels.set(GREEN, (y * shot.widthPx + x) * 4);
    }
  }
}

Deno.test("findDrawnBoxes() finds each box by the outer edges of its strokes", () => {
  const shot = greyShot(200, 100);
  drawBox(shot, [30, 20, 80, 70]);
  drawBox(shot, [100, 30, 170, 90]);
  const area = { xPx: 20, yPx: 10, widthPx: 160, heightPx: 80 };
  const boxes = findDrawnBoxes(shot, area).sort((a, b) => a.xmin - b.xmin);
  assert.deepEqual(boxes, [
    { xmin: 10 / 160, ymin: 10 / 80, xmax: 60 / 160, ymax: 60 / 80 },
    { xmin: 80 / 160, ymin: 20 / 80, xmax: 150 / 160, ymax: 80 / 80 },
  ]);
});

Deno.test("findDrawnBoxes() sees nothing in grey, in weak colour or in specks", () => {
  const shot = greyShot(64, 64);
  shot.pixels.set([120, 150, 120], 200);
  drawBox(shot, [10, 10, 18, 18]);
  assert.deepEqual(findDrawnBoxes(shot, { xPx: 0, yPx: 0, widthPx: 64, heightPx: 64 }), []);
});

Deno.test("greyAt() rounds to the nearest pixel and is 0 outside", () => {
  const shot = greyShot(4, 4);
  assert.equal(greyAt(shot, 1.4, 2.6), 120);
  assert.equal(greyAt(shot, 0, 40), 0);
});

Deno.test("readPng() and decodeQr() read a code back from a picture file", async () => {
  const url = "https://192.168.1.20:3443/join/AbCdEfGhIjKlMnOpQrStUv#abcdefghijklmnopqrstuv";
  const png = await QRCode.toBuffer(url, { scale: 4 });
  assert.equal(decodeQr(readPng(png)), url);
  const empty = readPng(PNG.sync.write(new PNG({ width: 50, height: 50, fill: true })));
  assert.equal(decodeQr(empty), undefined);
});
