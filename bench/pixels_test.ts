import assert from "node:assert/strict";
import { PNG } from "pngjs";
import QRCode from "qrcode";
import { colouredBeside, decodeQr, greyAt, readPng } from "./pixels.ts";

Deno.test("greyAt() rounds to the nearest pixel and is 0 outside", () => {
  const shot = { widthPx: 4, heightPx: 4, pixels: new Uint8Array(4 * 4 * 4).fill(120) };
  assert.equal(greyAt(shot, 1.4, 2.6), 120);
  assert.equal(greyAt(shot, 0, 40), 0);
});

Deno.test("colouredBeside() counts colour left and right of the picture, not in it or above", () => {
  const shot = { widthPx: 6, heightPx: 3, pixels: new Uint8Array(6 * 3 * 4).fill(120) };
  const picture = { xPx: 2, yPx: 1, widthPx: 2, heightPx: 2 };
  const colour = (x: number, y: number) => shot.pixels[(y * 6 + x) * 4] = 200;
  colour(2, 1);
  colour(1, 0);
  assert.equal(colouredBeside(shot, picture, { x: 0, width: 6 }), 0);
  colour(1, 1);
  colour(4, 2);
  assert.equal(colouredBeside(shot, picture, { x: 0, width: 6 }), 2);
});

Deno.test("readPng() and decodeQr() read a code back from a picture file", async () => {
  const url = "https://192.168.1.20:3443/join/AbCdEfGhIjKlMnOpQrStUv#abcdefghijklmnopqrstuv";
  const png = await QRCode.toBuffer(url, { scale: 4 });
  assert.equal(decodeQr(readPng(png)), url);
  const empty = readPng(PNG.sync.write(new PNG({ width: 50, height: 50, fill: true })));
  assert.equal(decodeQr(empty), undefined);
});
