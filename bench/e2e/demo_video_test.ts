// @all: makes a video
/**
 * The demo video: as long as wanted, both pages in it and alive, captions that change; else no file.
 *
 * Takes about 60 s on two busy cores.
 */
import assert from "node:assert/strict";
import { BROWSER } from "../browser.ts";
import { findChromium } from "../chromium.ts";
import { CAPTION, PHONE, type Place, VIDEO, VIEWER } from "../demo/layout.ts";
import { FPS, type SceneId, scenesFor } from "../demo/script.ts";
import { ROOT } from "../server.ts";
import { toolOutput } from "../tool_output.ts";

const SECONDS = 10;

const hasFfmpeg = await toolOutput("ffprobe", ["-version"]) !== null;

/** As a person starts it, but for its temporary files, which are to be found. */
function startDemo(folder: string, env: Record<string, string> = {}) {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "-P=tools", `${ROOT}/bench/demo/main.ts`, "--seconds", `${SECONDS}`],
    cwd: ROOT,
    env: { INIT_CWD: folder, TMPDIR: `${folder}/tmp`, PEERLENS_MODELS: "", ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "demo-video-" });
  try {
    await Deno.mkdir(`${folder}/tmp`);
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Files of the folder and, of ours, those of the temporary one. */
async function filesIn(folder: string): Promise<string[]> {
  const names = async (path: string) =>
    (await Array.fromAsync(Deno.readDir(path))).map(({ name }) => name);
  const ours = (await names(`${folder}/tmp`)).filter((name) => name.startsWith("peerlens-"));
  return [...await names(folder), ...ours].filter((name) => name !== "tmp").sort();
}

/** Brightness of one frame of a video, row by row. */
async function greyAt(video: string, second: number): Promise<Uint8Array> {
  const { stdout } = await new Deno.Command("ffmpeg", {
    args: [
      ...["-v", "error", "-ss", second.toFixed(2), "-i", video, "-frames:v", "1"],
      ...["-f", "rawvideo", "-pix_fmt", "gray", "-"],
    ],
    stdin: "null",
  }).output();
  assert.equal(stdout.length, VIDEO.widthPx * VIDEO.heightPx, `a frame at ${second} s`);
  return stdout;
}

function cut(grey: Uint8Array, { xPx, yPx, widthPx, heightPx }: Place): number[] {
  return Array.from({ length: heightPx }, (_, row) => {
    const from = (yPx + row) * VIDEO.widthPx + xPx;
    return [...grey.subarray(from, from + widthPx)];
  }).flat();
}

/** How many pixels of a part differ visibly between two frames, as a share. */
function changed(place: Place, one: Uint8Array, other: Uint8Array): number {
  const [before, after] = [cut(one, place), cut(other, place)];
  const count = before.filter((grey, at) => Math.abs(grey - after[at]!) > 24).length;
  return count / before.length;
}

/** The middle of each scene, seconds. */
function middles(): Map<SceneId, number> {
  const found = new Map<SceneId, number>();
  let tick = 0;
  for (const { id, ticks } of scenesFor({ seconds: SECONDS, mode: "both" })) {
    found.set(id, (tick + ticks / 2) / FPS);
    tick += ticks;
  }
  return found;
}

Deno.test("demo-video: a whole WebM with both pages alive and captions that change", {
  ...BROWSER,
  ignore: !hasFfmpeg,
}, async () => {
  await inFolder(async (folder) => {
    const { code, stdout, stderr } = await startDemo(folder).output();
    const words = new TextDecoder().decode(stderr);
    assert.equal(code, 0, words);
    assert.match(words, /recording: live/);
    const video = `${folder}/demo.webm`;
    assert.ok(new TextDecoder().decode(stdout).includes(`Written to ${video}`));
    assert.deepEqual(await filesIn(folder), ["demo.vtt", "demo.webm"], "nothing else is left");

    const probed = await toolOutput("ffprobe", [
      ...["-v", "error", "-show_entries", "format=duration:stream=codec_type,width,height"],
      ...["-of", "json", video],
    ]);
    const { format, streams } = JSON.parse(probed!);
    assert.ok(Math.abs(Number(format.duration) - SECONDS) < 0.1, format.duration);
    const { widthPx: width, heightPx: height } = VIDEO;
    assert.deepEqual(streams.map(({ codec_type }: { codec_type: string }) => codec_type), [
      "video",
    ]);
    assert.deepEqual([streams[0].width, streams[0].height], [width, height]);

    const times = middles();
    const at = async (id: SceneId) => await greyAt(video, times.get(id)!);
    // The scene after the one that opens them: in a short video the middle of that one is too early.
    const [title, live, synced, charts, next] = [
      await at("title"),
      await at("live"),
      await at("synced"),
      await at("point"),
      await at("next"),
    ];
    for (const [name, place] of Object.entries({ PHONE, VIEWER })) {
      const values = cut(live, place);
      assert.ok(Math.max(...new Set(values)) - Math.min(...new Set(values)) > 100, name);
      // A title, a live page, another state of the page: each differs from the one before.
      assert.ok(changed(place, title, live) > 0.2, `${name}: ${changed(place, title, live)}`);
      const share = Math.max(changed(place, live, synced), changed(place, live, charts));
      assert.ok(share > 0.002, `${name} stands still: ${share}`);
    }
    const scrolled = changed(VIEWER, live, charts);
    assert.ok(scrolled > 0.1, `the charts come into sight: ${scrolled}`);
    assert.ok(changed(CAPTION, live, synced) > 0.01, "captions change");
    const middle = { xPx: 300, yPx: 400, widthPx: 1320, heightPx: 300 };
    assert.ok(
      changed(middle, title, next) > 0.01,
      "the first and the last card say different things",
    );
  });
});

Deno.test("demo-video: Ctrl+C ends all of it, and leaves no file", {
  ...BROWSER,
  ignore: !hasFfmpeg,
}, async () => {
  await inFolder(async (folder) => {
    const child = startDemo(folder);
    let words = "";
    const decoder = new TextDecoder();
    for await (const chunk of child.stderr) {
      const before = words;
      words += decoder.decode(chunk);
      if (!before.includes("recording: join") && words.includes("recording: join")) {
        child.kill("SIGINT");
      }
    }
    const { code } = await child.status;
    await child.stdout.cancel();
    assert.equal(code, 130, words);
    assert.match(words, /nothing was written/);
    assert.deepEqual(await filesIn(folder), []);
  });
});

Deno.test("demo-video: without ffmpeg it says what to install", BROWSER, async () => {
  await inFolder(async (folder) => {
    const env = { PATH: `${folder}/tmp`, PEERLENS_CHROMIUM: findChromium() ?? "" };
    const { code, stderr } = await startDemo(folder, env).output();
    assert.equal(code, 1);
    assert.match(
      new TextDecoder().decode(stderr),
      /Cannot find ffmpeg: .*install the package ffmpeg/,
    );
    assert.deepEqual(await filesIn(folder), []);
  });
});
