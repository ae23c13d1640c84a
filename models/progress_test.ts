import assert from "node:assert/strict";
import { ProgressLine } from "./progress.ts";

Deno.test("ProgressLine shows share, amount and the rate of the last seconds", () => {
  const line = new ProgressLine("a.onnx", true);
  assert.equal(
    line.next({ receivedBytes: 0, totalBytes: 4e6 }, 0),
    "\r\x1b[Ka.onnx  [........................]   0 %  0.0 of 4.0 MB",
  );
  assert.equal(line.next({ receivedBytes: 1e6, totalBytes: 4e6 }, 50), null);
  assert.equal(
    line.next({ receivedBytes: 2e6, totalBytes: 4e6 }, 1000),
    "\r\x1b[Ka.onnx  [############............]  50 %  2.0 of 4.0 MB  2.0 MB/s",
  );
  assert.match(line.next({ receivedBytes: 4e6, totalBytes: 4e6 }, 1001)!, /100 %.*\n$/);
});

Deno.test("ProgressLine writes a line a tenth where it cannot write over it", () => {
  const line = new ProgressLine("a.onnx", false);
  const lines = Array.from(
    { length: 1001 },
    (_, at) => line.next({ receivedBytes: at * 1000, totalBytes: 1e6 }, at),
  ).filter((text) => text !== null);
  assert.equal(lines.length, 11);
  const unknown = new ProgressLine("b.onnx", false);
  assert.equal(unknown.next({ receivedBytes: 0, totalBytes: null }, 0), "b.onnx  0.0 MB\n");
  assert.equal(unknown.next({ receivedBytes: 9e6, totalBytes: null }, 1), null);
  assert.match(
    unknown.next({ receivedBytes: 11e6, totalBytes: null }, 1000)!,
    /^b.onnx {2}11.0 MB {2}11/,
  );
});
