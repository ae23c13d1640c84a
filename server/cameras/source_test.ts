import assert from "node:assert/strict";
import { nowMs } from "../base/clock.ts";
import { readFrameCode } from "../protocol/frame_code.ts";
import { type CameraSpec, parseCameras } from "../base/camera_spec.ts";
import type { FrameFormat } from "./ffmpeg_args.ts";
import { Scene, SCENE_FORMAT } from "./scene.ts";
import { ffmpegSource } from "./source.ts";
import { makeFilm, RtspStandIn } from "../../bench/rtsp_stand_in.ts";
import { until } from "../testing/until.ts";
import { i420Bytes } from "./y4m.ts";
import { tempFolder } from "../testing/temp_folder.ts";

/** What a source says until `count` frames have come, or its end. */
async function watch(source: string, count: number) {
  const [spec] = parseCameras([`x=${source}`]) as [CameraSpec];
  const formats: FrameFormat[] = [];
  const frames: { bytes: number; code: number | undefined; timeMs: number }[] = [];
  let ended: readonly string[] | null = null;
  const open = ffmpegSource({ ffmpeg: "ffmpeg", spec, now: nowMs }, {
    onFormat: (format) => void formats.push(format),
    onFrame: (i420, timeMs) => {
      const { widthPx } = SCENE_FORMAT;
      const code = readFrameCode((x, y) =>
        i420[Math.floor(y * widthPx) * widthPx + Math.floor(x * widthPx)] ?? 0
      );
      frames.push({ bytes: i420.length, code, timeMs });
    },
    onEnd: (lines) => ended = lines,
    onLine() {},
  });
  await until(() => frames.length >= count || ended !== null, "frames");
  open.close();
  return { formats, frames, ended };
}

/** The drawn scene as a film of raw H.264. */
async function sceneFilm(path: string, frames: number, args: readonly string[]): Promise<void> {
  const scene = new Scene(null);
  const { widthPx, heightPx } = SCENE_FORMAT;
  const process = new Deno.Command("ffmpeg", {
    args: [
      ...["-y", "-hide_banner", "-loglevel", "error", "-f", "rawvideo", "-pix_fmt", "yuv420p"],
      ...["-video_size", `${widthPx}x${heightPx}`, "-framerate", "15", "-i", "pipe:0"],
      ...["-c:v", "libx264", "-preset", "veryfast", "-g", "15"],
      ...["-x264-params", "slices=1:repeat-headers=1:b-adapt=0:scenecut=0", ...args, path],
    ],
    stdin: "piped",
  }).spawn();
  const writer = process.stdin.getWriter();
  for (let n = 0; n < frames; n++) await writer.write(scene.draw(0).i420.slice());
  await writer.close();
  await process.status;
}

Deno.test("an IP camera's frames come from its first one on, in order, those with B-frames too", async () => {
  await using folder = await tempFolder();
  await sceneFilm(`${folder.path}/b.h264`, 30, ["-bf", "2"]);
  await using camera = new RtspStandIn({
    h264: await Deno.readFile(`${folder.path}/b.h264`),
    fps: 15,
  });
  const { formats, frames } = await watch(camera.url(), 20);
  assert.deepEqual(formats, [{ widthPx: 640, heightPx: 480, rate: "15/1" }]);
  const codes = frames.map(({ code }) => code);
  assert.deepEqual(codes, Array.from(codes, (_, n) => n));
});

Deno.test("a source that changes its size keeps the first", async () => {
  await using folder = await tempFolder();
  const sizes = ["320x240", "160x120", "640x360"];
  const films = await Promise.all(sizes.map(async (size) => {
    await makeFilm(`${folder.path}/${size}.h264`, { size, seconds: 1 });
    return await Deno.readFile(`${folder.path}/${size}.h264`);
  }));
  await Deno.writeFile(`${folder.path}/film.h264`, new Blob(films).stream());
  const { formats, frames } = await watch(`${folder.path}/film.h264`, 40);
  assert.equal(formats.length, 1);
  assert.ok(frames.length >= 40);
  assert.ok(frames.every(({ bytes }) => bytes === i420Bytes(formats[0]!)));
});

Deno.test("a large picture is made smaller, whole and in its shape, and H.265 is read as well", async () => {
  await using folder = await tempFolder();
  const film = { size: "2560x1442", fps: 5, seconds: 1, args: ["-c:v", "libx265"] };
  await makeFilm(`${folder.path}/large.mp4`, film);
  const { formats } = await watch(`${folder.path}/large.mp4`, 2);
  const [{ widthPx, heightPx }] = formats as [FrameFormat];
  assert.equal(widthPx, 1280);
  assert.ok(Math.abs(heightPx - 721) <= 1, `${heightPx}`);
});

Deno.test("what is no video, and what is not there, ends with ffmpeg's words", async () => {
  await using folder = await tempFolder();
  await Deno.writeTextFile(
    `${folder.path}/list.m3u8`,
    "#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:9/x.ts\n",
  );
  for (const file of ["list.m3u8", "nothing.mp4"]) {
    const { frames, ended } = await watch(`${folder.path}/${file}`, 1);
    assert.equal(frames.length, 0);
    assert.ok((ended ?? []).length > 0, file);
  }
});
