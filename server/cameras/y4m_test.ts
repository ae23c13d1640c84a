import assert from "node:assert/strict";
import { framesPerSecond } from "./ffmpeg_args.ts";
import { i420Bytes, parseY4mHeader } from "./y4m.ts";

Deno.test("parseY4mHeader() reads size and rate, and gives a clock's rate no belief", () => {
  const format = parseY4mHeader(
    "YUV4MPEG2 W640 H360 F30000:1001 Ip A1:1 C420mpeg2 XYSCSS=420MPEG2",
  );
  assert.deepEqual(format, { widthPx: 640, heightPx: 360, rate: "30000/1001" });
  assert.equal(Math.round(framesPerSecond(format) * 100), 2997);
  assert.equal(i420Bytes(format), 345_600);
  assert.equal(parseY4mHeader("YUV4MPEG2 W2 H2 F90000:1 C420jpeg").rate, "30");
  assert.equal(parseY4mHeader("YUV4MPEG2 W2 H2 F0:0 C420jpeg").rate, "30");
});

Deno.test("parseY4mHeader() refuses other streams, sizes and pixels", () => {
  const lines = [
    "",
    "YUV4MPEG W640 H480 F30:1 C420jpeg",
    "YUV4MPEG2 W641 H480 F30:1 C420jpeg",
    "YUV4MPEG2 W0 H480 F30:1 C420jpeg",
    "YUV4MPEG2 W99999 H480 F30:1 C420jpeg",
    "YUV4MPEG2 W640 H480 F30:1 C444",
  ];
  for (const line of lines) assert.throws(() => parseY4mHeader(line), RangeError, line);
});
