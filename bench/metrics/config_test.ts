import assert from "node:assert/strict";
import { DEFAULTS, MetricsUsageError, parseMetricsArgs } from "./config.ts";

Deno.test("parseMetricsArgs: without flags 30 s in the browser, into metrics.json", () => {
  assert.deepEqual(parseMetricsArgs([]), DEFAULTS);
  assert.equal(DEFAULTS.durationS, 30);
  assert.equal(DEFAULTS.mode, "wasm");
  assert.equal(DEFAULTS.output, "metrics.json");
});

Deno.test("parseMetricsArgs: every flag, with and without a sign between", () => {
  const args = "--duration 10 --mode=server --display synced --model m --video v.mp4 --fps=15 " +
    "--size 320x240 --users 2 --viewer-cores 1 --runs=5 --profile low --loss 2% --delay=40ms --output out/m.json";
  assert.deepEqual(parseMetricsArgs(args.split(" ")), {
    durationS: 10,
    mode: "server",
    display: "synced",
    model: "m",
    video: "v.mp4",
    profile: "low",
    fps: 15,
    size: { widthPx: 320, heightPx: 240 },
    users: 2,
    viewerCores: 1,
    runs: 5,
    network: { loss: 0.02, delayMs: 40 },
    output: "out/m.json",
  });
  assert.equal(parseMetricsArgs(["--mode", "server", "--help"]), null);
});

Deno.test("parseMetricsArgs: what is wrong is named", () => {
  const wrong = [
    ["--speed", "1"],
    ["--duration", "0"],
    ["--duration"],
    ["--mode", "off"],
    ["--size", "321x240"],
    ["--users", "1.5"],
    ["--loss", "0.02"],
    ["--delay", "-4"],
  ];
  for (const args of wrong) {
    assert.throws(
      () => parseMetricsArgs(args),
      (error) => error instanceof MetricsUsageError && error.message.includes(args[0]!),
    );
  }
});
