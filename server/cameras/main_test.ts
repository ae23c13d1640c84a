// Takes about 40 s: cameras go at their own pace.
import assert from "node:assert/strict";
import { decode } from "jpeg-js";
import ndc from "node-datachannel";
import type { CameraName } from "@/protocol";
import { CODE_NUMBERS, readFrameCode } from "../protocol/frame_code.ts";
import { MAX_CAMERA_CONNECTIONS } from "./cameras.ts";
import type { CameraSession } from "./ipc.ts";
import { makeFilm, RtspStandIn } from "../../bench/rtsp_stand_in.ts";
import { until } from "../testing/until.ts";
import { isAlive, TestCameras } from "./testing/test_cameras.ts";
import { assertForward, TestWatcher } from "./testing/test_watcher.ts";
import { tempFolder } from "../testing/temp_folder.ts";

// The library's threads outlive their connections and would keep the test process alive.
Deno.test.afterAll(() => ndc.cleanup());

Deno.test("a viewer gets the drawn scene, each frame under the timestamp that is told with its time", async () => {
  await using cameras = new TestCameras(["ball"]);
  await using watcher = new TestWatcher(cameras, "one");
  const beforeMs = Date.now();
  await watcher.watch("ball");
  await watcher.more(45);
  const [first] = watcher.frames;
  // A decoder can begin with the first frame.
  assert.deepEqual([7, 8, 5].filter((type) => !first!.nalTypes.includes(type)), []);
  const keys = watcher.frames.filter(({ nalTypes }) => nalTypes.includes(5));
  assert.ok(keys.length >= 2, "a key frame a second");
  const times = watcher.captureTimes;
  const named = watcher.frames.filter(({ rtpTimestamp }) => times.has(rtpTimestamp));
  // The channel may lose some; on this computer hardly any.
  assert.ok(named.length >= watcher.frames.length - 3, `${named.length}`);
  for (const [timestamp, timeMs] of times) {
    assert.ok(timeMs >= beforeMs && timeMs <= Date.now() + 1);
    const ticks = (timestamp - first!.rtpTimestamp + 2 ** 32) % 2 ** 32;
    const elapsedMs = timeMs - times.get(first!.rtpTimestamp)!;
    assert.ok(Math.abs(ticks / 90 - elapsedMs) < 1, `${ticks / 90} is not ${elapsedMs}`);
  }
  assert.ok(Math.abs(await watcher.ping(7) - Date.now()) < 1_000);
  const state = watcher.states.at(-1)!;
  assert.deepEqual([state.status, state.widthPx, state.heightPx, state.fps], [
    "live",
    640,
    480,
    30,
  ]);
});

Deno.test("a file is played at its own pace and size, over and over, whatever is in it", async () => {
  await using folder = await tempFolder();
  const clip = `${folder.path}/a, b.mp4`;
  // An odd size, frames out of order, and sound.
  const sound = ["-f", "lavfi", "-i", "sine=duration=2"];
  await makeFilm(clip, { size: "322x180", fps: 12, args: ["-bf", "2"], inputs: sound });
  await using cameras = new TestCameras([`clip=${clip}`]);
  await using watcher = new TestWatcher(cameras, "one");
  await watcher.watch("clip");
  await watcher.more(36);
  const { widthPx, heightPx, fps } = watcher.states.at(-1)!;
  assert.deepEqual([widthPx, heightPx, fps], [322, 180, 12]);
  assertForward(watcher);
});

Deno.test("an IP camera is watched with its password, which goes nowhere else", async () => {
  await using folder = await tempFolder();
  await using camera = await standIn(folder.path, { user: "viewer", password: "hunter2!" });
  await using cameras = new TestCameras([
    `door=${camera.url("viewer:hunter2!")}`,
    `shut=${camera.url("viewer:hunter3!")}`,
  ]);
  await using watcher = new TestWatcher(cameras, "one");
  await watcher.watch("door");
  await watcher.more(10);
  await using other = new TestWatcher(cameras, "two");
  void other.watch("shut").catch(() => undefined);
  const { status, problem } = await cameras.status("shut", ["stalled", "unavailable"]);
  assert.deepEqual([status, problem], ["stalled", "It refuses the name or the password."]);
  const said = JSON.stringify(cameras.received);
  assert.ok(!/hunter|viewer:|stream1/.test(said), "neither password nor address is told");
});

Deno.test("an IP camera that stands still or goes away is tried again, and comes back", async () => {
  await using folder = await tempFolder();
  await using camera = await standIn(folder.path);
  await using cameras = new TestCameras([`door=${camera.url()}`]);
  await using watcher = new TestWatcher(cameras, "one");
  await watcher.watch("door");
  const since = cameras.received.length;
  camera.isStalled = true;
  await cameras.status("door", ["stalled"], since);
  await until(() => watcher.states.at(-1)?.status === "lost", "word of it");
  camera.isStalled = false;
  await watcher.more(10);
  camera.cut();
  await watcher.more(20);
  assertForward(watcher);
  await until(() => watcher.states.at(-1)?.status === "live", "word of it");
});

Deno.test({
  name:
    "many viewers cost one encoder, who joins later begins with a key frame, nobody costs nothing",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    await using cameras = new TestCameras(["ball"]);
    {
      await using stack = new AsyncDisposableStack();
      const watchers = ["1", "2", "3", "4"].map((name) =>
        stack.use(new TestWatcher(cameras, name))
      );
      for (const watcher of watchers) await watcher.watch("ball");
      assert.equal(cameras.ffmpegs("flv").length, 1);
      await watchers[3]!.more(10);
      for (const { frames } of watchers) assert.ok(frames[0]!.nalTypes.includes(5));
      // The same frame has the same name for all.
      const names = watchers.map(({ frames }) => frames.map(({ rtpTimestamp }) => rtpTimestamp));
      const common = names[3]!.filter((name) => names.every((each) => each.includes(name)));
      assert.ok(common.length >= 8, `${common.length}`);
      for (const { session } of watchers) await cameras.send({ kind: "close", session });
    }
    const since = cameras.received.length;
    await cameras.status("ball", ["idle"], since);
    await until(() => cameras.ffmpegs("flv").length === 0, "no ffmpeg");
  },
});

Deno.test("a tap gets newest frames as JPEG, named as viewers see them, and not more than it wants", async () => {
  await using cameras = new TestCameras(["ball"]);
  const camera = "ball" as CameraName;
  await cameras.send({ kind: "tap", camera, on: true, minIntervalMs: 200 });
  const tapped = () => cameras.received.filter((message) => message.kind === "frame");
  await until(() => tapped().length >= 3, "frames");
  if (Deno.build.os === "linux") assert.equal(cameras.ffmpegs("flv").length, 0);
  await using watcher = new TestWatcher(cameras, "one");
  await watcher.watch("ball");
  await watcher.more(30);
  await cameras.send({ kind: "tap", camera, on: false, minIntervalMs: 0 });
  const frames = tapped();
  const seen = new Set(watcher.frames.map(({ rtpTimestamp }) => rtpTimestamp));
  assert.ok(frames.filter(({ rtpTimestamp }) => seen.has(rtpTimestamp)).length >= 2);
  for (const { captureTimeMs, widthPx, heightPx, binary } of frames) {
    const picture = decode(binary, { useTArray: true });
    assert.deepEqual([picture.width, picture.height], [widthPx, heightPx]);
    // The scene drew its time into the picture.
    const grey = (x: number, y: number) =>
      picture.data[(Math.floor(y * widthPx) * widthPx + Math.floor(x * widthPx)) * 4 + 1]!;
    assert.equal(readFrameCode(grey, 1), Math.floor(captureTimeMs) % CODE_NUMBERS);
  }
  const elapsedMs = frames.at(-1)!.captureTimeMs - frames[0]!.captureTimeMs;
  assert.ok(frames.length - 1 <= elapsedMs / 200 + 1, `${frames.length} in ${elapsedMs} ms`);
});

Deno.test("without ffmpeg a camera says how to get it, and nothing else suffers", async () => {
  await using cameras = new TestCameras(["ball", "clip=/no/such/file.mp4"], {
    ffmpeg: "/no/such/ffmpeg",
  });
  for (const camera of ["ball", "clip"] as CameraName[]) {
    const session = camera as string as CameraSession;
    await cameras.send({ kind: "open", session, camera, iceServers: [] });
    const { problem } = await cameras.status(camera, ["unavailable"]);
    assert.match(problem!, /apt install ffmpeg/);
  }
  await cameras.next((message) => message.kind === "heartbeat" && message.stats.connections === 2);
});

Deno.test("connections are bounded, and what does not fit is refused by name", async () => {
  await using cameras = new TestCameras(["ball", "yard=whep:http://127.0.0.1/x"]);
  const open = async (session: string, camera: string) => {
    await cameras.send({
      kind: "open",
      session: session as CameraSession,
      camera: camera as CameraName,
      iceServers: [],
    });
  };
  const ended = (session: string) =>
    cameras.next((message) =>
      message.kind === "ended" && message.session === session && message.cause
    );
  await open("a", "none");
  assert.equal(await ended("a"), "no-camera");
  await open("b", "yard");
  assert.equal(await ended("b"), "no-camera");
  for (let n = 0; n <= MAX_CAMERA_CONNECTIONS; n++) await open(`c${n}`, "ball");
  assert.equal(await ended(`c${MAX_CAMERA_CONNECTIONS}`), "full");
  await cameras.send({
    kind: "signal",
    session: "c0" as CameraSession,
    signal: { kind: "answer", sdp: "v=0\r\nnonsense" },
  });
  assert.equal(await ended("c0"), "lost");
  await open("again", "ball");
  await cameras.next((message) =>
    message.kind === "signal" && message.session === "again" && message.signal.kind === "offer"
  );
});

Deno.test({
  name: "the end of the process by force leaves no ffmpeg behind",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    await using folder = await tempFolder();
    await makeFilm(`${folder.path}/clip.mp4`);
    await using cameras = new TestCameras([`clip=${folder.path}/clip.mp4`]);
    await using watcher = new TestWatcher(cameras, "one");
    await watcher.watch("clip");
    const pids = [...cameras.ffmpegs("yuv4mpegpipe"), ...cameras.ffmpegs("flv")];
    assert.equal(pids.length, 2);
    cameras.process.kill("SIGKILL");
    await cameras.process.status;
    await until(() => pids.every((pid) => !isAlive(pid)), "end of ffmpeg");
  },
});

async function standIn(
  folder: string,
  login: { user: string; password: string } | null = null,
): Promise<RtspStandIn> {
  await makeFilm(`${folder}/film.h264`);
  return new RtspStandIn({ h264: await Deno.readFile(`${folder}/film.h264`), fps: 15 }, login);
}

Deno.test("boxes are burned into the very frame they were found on; without any the picture goes on", async () => {
  await using cameras = new TestCameras(["ball", "marked=boxes:ball"]);
  const camera = "ball" as CameraName;
  await using watcher = new TestWatcher(cameras, "one");
  await watcher.watch("marked");
  await watcher.more(5);
  await cameras.status("marked", ["live"]);
  const wanted = (on: boolean) =>
    cameras.next((message) =>
      message.kind === "burned" && message.camera === camera && message.on === on
    );
  await wanted(true);
  const tapped = new Map<number, number>();
  const stop = cameras.listen((message) => {
    if (message.kind !== "frame") return;
    const { rtpTimestamp } = message;
    tapped.set(rtpTimestamp, message.captureTimeMs);
    const box = { label: "ball", score: 0.9, xmin: 0.1, ymin: 0.2, xmax: 0.5, ymax: 0.6 };
    // Found out after a while, as a model does.
    setTimeout(() => void cameras.send({ kind: "boxes", camera, rtpTimestamp, boxes: [box] }), 60);
  });
  await cameras.send({ kind: "tap", camera, on: true, minIntervalMs: 100 });
  await until(() => tapped.size >= 4, "tapped frames");
  const since = watcher.frames.length;
  await watcher.more(10);
  // The first may have been on its way before there were boxes.
  const marked = watcher.frames.slice(since + 2);
  const unknown = marked.filter(({ rtpTimestamp }) => !tapped.has(rtpTimestamp));
  assert.deepEqual(unknown, []);
  assertForward(watcher);
  stop();
  await cameras.send({ kind: "tap", camera, on: false, minIntervalMs: 0 });
  const before = watcher.frames.length;
  await watcher.more(20);
  assert.ok(watcher.frames.slice(before).some(({ rtpTimestamp }) => !tapped.has(rtpTimestamp)));
  assertForward(watcher);
  await cameras.send({ kind: "close", session: watcher.session });
  await wanted(false);
});
