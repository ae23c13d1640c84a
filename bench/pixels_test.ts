import assert from "node:assert/strict";
import { PNG } from "pngjs";
import QRCode from "qrcode";
import { decodeQr, greyAt, readPng } from "./pixels.ts";

Deno.test("greyAt() rounds to the nearest pixel and is 0 outside", () => {
  const shot = { widthPx: 4, heightPx: 4, pixels: new Uint8Array(4 * 4 * 4).fill(120) };
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
