// Takes about 9 s; in a process of its own, as WebRTC is ended there once for all.
import assert from "node:assert/strict";
import ndc from "node-datachannel";
import { makeFilm } from "../../bench/rtsp_stand_in.ts";
import { until } from "../testing/until.ts";
import { isAlive, TestCameras } from "./testing/test_cameras.ts";
import { assertForward, TestWatcher } from "./testing/test_watcher.ts";
import { tempFolder } from "../testing/temp_folder.ts";

// The library's threads outlive their connections and would keep the test process alive.
Deno.test.afterAll(() => ndc.cleanup());

for (
  const [part, signal] of [
    ["source", "SIGKILL"],
    ["encoder", "SIGKILL"],
    ["encoder", "SIGSTOP"],
  ] as const
) {
  Deno.test({
    name: `a viewer has the picture back after ${signal} for the ${part}'s ffmpeg`,
    ignore: Deno.build.os !== "linux",
    fn: async () => {
      await using folder = await tempFolder();
      const clip = `${folder.path}/clip.mp4`;
      await makeFilm(clip);
      await using cameras = new TestCameras([`clip=${clip}`]);
      await using watcher = new TestWatcher(cameras, "one");
      await watcher.watch("clip");
      const [pid] = cameras.ffmpegs(part === "source" ? "yuv4mpegpipe" : "flv");
      assert.ok(pid !== undefined);
      Deno.kill(pid, signal);
      await until(() => !isAlive(pid), "the end of the hung one");
      const since = watcher.frames.length;
      await until(() => watcher.frames.length >= since + 10, "frames");
      const times = watcher.frames.map(({ seenAtMs }) => seenAtMs);
      const gapsMs = times.slice(1).map((timeMs, at) => timeMs - times[at]!);
      assertForward(watcher);
      // What follows can be decoded: an encoder that was replaced begins with a key frame.
      const later = gapsMs.slice(since - 1);
      const after = watcher.frames[since + later.indexOf(Math.max(...later))]!;
      if (part === "encoder") assert.ok(after.nalTypes.includes(5), `${later}`);
    },
  });
}
