// @all: runs of a bench
// @network: measures traffic in a network of fixed addresses
/**
 * The bench of the whole app: what it writes is whole, adds up, and agrees with the system.
 *
 * Takes about 115 s on two busy cores.
 */
import assert from "node:assert/strict";
import { type Metrics, parseMetrics } from "@/protocol";
import { BROWSER } from "../browser.ts";
import { inLanes, type Step, TOGETHER } from "../lanes.ts";
import { DEFAULTS } from "../metrics/config.ts";
import { measureScene } from "../metrics/measure.ts";
import { silentProgress } from "../progress.ts";
import { openMetricsScene } from "../metrics/scene.ts";
import { exportMetrics, waitForState } from "../people.ts";
import { ROOT } from "../server.ts";
import { countNetwork, type NetworkBytes, readNetwork } from "../metrics/network_bytes.ts";

const DURATION_S = 6;

/** So few are always under way. */
const LEAST_EDGE_FRAMES = 5;

/** Frames that are under way when the record begins or ends, be it a slow moment, are on one side of a sum only. */
function edgeFrames({ p99_latency_ms: latencyMs, camera_fps: fps }: Metrics): number {
  return LEAST_EDGE_FRAMES + Math.ceil((latencyMs ?? 0) / 1000 * (fps ?? 0));
}

/** As it is started by a person, from another folder. */
function startBench(folder: string, flags: readonly string[], env: Record<string, string> = {}) {
  return new Deno.Command(`${ROOT}/bench/run_bench.sh`, {
    args: ["--duration", String(DURATION_S), ...flags],
    cwd: folder,
    env: { PEERLENS_MODELS: "", ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

async function endOf(child: Deno.ChildProcess) {
  const { code, stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "peerlens-metrics-" });
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function filesIn(folder: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name);
}

function assertAddsUp(metrics: Metrics): void {
  const { frames, samples } = metrics;
  const words = JSON.stringify({ ...metrics, samples: samples.length });
  const dropped = Object.values(frames.dropped).reduce((sum, count) => sum + count, 0);
  assert.ok(samples.length > 0, words);
  assert.equal(frames.displayed, samples.length, words);
  const edge = edgeFrames(metrics);
  assert.ok(frames.captured! + edge >= frames.received, words);
  assert.ok(frames.received + edge >= frames.processed + dropped, words);
  const { median_latency_ms, p95_latency_ms, p99_latency_ms } = metrics;
  assert.ok(median_latency_ms! <= p95_latency_ms! && p95_latency_ms! <= p99_latency_ms!, words);
  assert.ok(Math.abs(metrics.duration_s - DURATION_S) < 3, words);
  if (Deno.build.os !== "linux") return;
  for (const percent of Object.values(metrics.cpu_percent)) assert.ok(percent! > 0, words);
  for (const mb of Object.values(metrics.pss_mb)) assert.ok(mb! > 10, words);
}

for (const mode of ["wasm", "server"] as const) {
  Deno.test(`run_bench.sh --mode ${mode}: a whole document, and a table`, BROWSER, async () => {
    await inFolder(async (folder) => {
      // One as by default; the other leaves out what takes long.
      const more = mode === "wasm" ? ["--idle", "2"] : ["--idle", "0", "--threads", "1"];
      const flags = ["--mode", mode, "--output", `${mode}.json`, ...more];
      const { code, stdout, stderr } = await endOf(startBench(folder, flags));
      assert.equal(code, 0, stderr);
      assert.match(stdout, new RegExp(`latency +median [\\d.]+ ms[^]*Written to ${folder}`));
      assert.deepEqual(await filesIn(folder), [`${mode}.json`]);
      const document = JSON.parse(await Deno.readTextFile(`${folder}/${mode}.json`));
      const metrics = parseMetrics(document);
      assert.equal(metrics.mode, mode);
      assertAddsUp(metrics);
      assert.equal(metrics.server_uplink_kbps === null, mode === "wasm");
      if (mode === "server") assert.ok(metrics.server_uplink_kbps! > 10);
      assert.ok(metrics.video_delay_ms.median! > 0);
      assert.equal(metrics.overhead_ms !== null, mode === "wasm");
    });
  });
}

/** Kbit/s of one direction between two readings. */
function kbps(before: NetworkBytes, after: NetworkBytes, key: "sent" | "received"): number {
  return (after[key] - before[key]) * 8 / (after.atMs - before.atMs);
}

Deno.test(
  "uplink and downlink are those of the network, and the page's export is the same document",
  { ...BROWSER, ignore: Deno.build.os !== "linux" || Deno.uid() !== 0 },
  async () => {
    await using stack = new AsyncDisposableStack();
    const config = {
      ...DEFAULTS,
      durationS: DURATION_S,
      idleS: 0,
      threads: 1,
      network: { loss: 0, delayMs: 0 },
    };
    const scene = await openMetricsScene(config, { stack, note() {} });
    const { viewer: { page } } = scene.users[0]!;
    await countNetwork(scene.network!);
    await waitForState(page, /^1 phone connected/);
    // The encoder begins low.
    await silentProgress.during("", 8_000, 0);
    const before = await readNetwork(scene.network!);
    const metrics = await measureScene(scene, config, silentProgress);
    const after = await readNetwork(scene.network!);
    const exported = parseMetrics(await exportMetrics(page));
    assert.deepEqual(Object.keys(exported), Object.keys(metrics));
    const network = { up: kbps(before, after, "sent"), down: kbps(before, after, "received") };
    const found = [metrics, exported].map(({ uplink_kbps, downlink_kbps }) => {
      return { up: uplink_kbps!, down: downlink_kbps! };
    });
    const words = JSON.stringify({ network, found });
    for (const { up, down } of found) {
      assert.ok(Math.abs(up - network.up) <= 0.1 * network.up, words);
      assert.ok(Math.abs(down - network.down) <= 0.1 * network.down, words);
    }
  },
);

async function refuseWhatCannotBe(): Promise<void> {
  await inFolder(async (folder) => {
    const cases: [string[], Record<string, string>, RegExp, number][] = [
      [["--mode", "gpu"], {}, /--mode is one of wasm, server, auto, off: gpu/, 2],
      [[], { PEERLENS_CHROMIUM: "/nowhere/chromium" }, /Cannot find PEERLENS_CHROMIUM/, 1],
      [["--model", "none-such"], {}, /--model names no model that is here: none-such/, 1],
      [["--video", "none-such.mp4"], {}, /Cannot find the video/, 1],
    ];
    await Promise.all(cases.map(async ([flags, env, words, expected]) => {
      const { code, stderr } = await endOf(startBench(folder, flags, env));
      assert.equal(code, expected, stderr);
      assert.match(stderr, words);
    }));
    assert.deepEqual(await filesIn(folder), []);
  });
}

/** Starts a long bench, waits until it says `words`, does something to it, and sees how it ends. */
async function breakOff(words: RegExp, act: (child: Deno.ChildProcess, folder: string) => unknown) {
  const end = { code: 0, stderr: "" };
  await inFolder(async (folder) => {
    const brief = ["--profile", "low", "--idle", "0", "--threads", "1"];
    const child = startBench(folder, ["--duration", "600", ...brief]);
    const stdout = child.stdout.cancel();
    let hasActed = false;
    for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) {
      end.stderr += text;
      if (hasActed || !words.test(end.stderr)) continue;
      hasActed = true;
      await act(child, folder);
    }
    end.code = (await child.status).code;
    await stdout;
    assert.ok(hasActed, end.stderr);
    assert.deepEqual(await filesIn(folder), []);
    assert.deepEqual(await startedIn(folder), []);
  });
  return end;
}

async function interrupt(words: RegExp): Promise<void> {
  const { code } = await breakOff(words, async (child, folder) => {
    assert.notDeepEqual(await startedIn(folder), []);
    child.kill("SIGINT");
  });
  assert.notEqual(code, 0);
}

async function endPhone(): Promise<void> {
  const { code, stderr } = await breakOff(/measuring, 600 s/, async (_, folder) => {
    const browsers = (await startedIn(folder)).filter(({ args }) =>
      args.includes("--use-file-for-fake-video-capture") && !args.includes("--type=")
    );
    for (const { pid } of browsers) Deno.kill(pid, "SIGKILL");
  });
  assert.equal(code, 1);
  assert.match(stderr, /the phone's browser has ended/);
}

Deno.test("run_bench.sh: what goes wrong is an error, and no file", TOGETHER, async (t) => {
  const refusal: Step = ["what cannot be", refuseWhatCannotBe];
  // Elsewhere nobody says what was started.
  if (Deno.build.os !== "linux") return await inLanes(t, [refusal]);
  await inLanes(
    t,
    [refusal, ["a browser that ends half-way", endPhone]],
    [/starting the app/, /measuring, 600 s/].map((words): Step => [
      `Ctrl+C ends all that it started: ${words.source}`,
      () => interrupt(words),
    ]),
  );
});

/** Processes that have inherited what the script says of its folder. */
async function startedIn(folder: string): Promise<{ pid: number; args: string }[]> {
  const script = `for file in $(grep -lsz "^PEERLENS_BENCH_FOLDER=$1$" /proc/[0-9]*/environ); do
    echo "$(basename "$(dirname "$file")") $(tr '\\0' ' ' < "$(dirname "$file")/cmdline")"
  done`;
  const { stdout } = await new Deno.Command("sh", { args: ["-c", script, "sh", folder] }).output();
  return new TextDecoder().decode(stdout).split("\n").filter((line) => line !== "")
    .map((line) => ({ pid: parseInt(line), args: line.replace(/^\d+ /, "") }));
}
