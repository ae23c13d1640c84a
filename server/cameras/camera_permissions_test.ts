import assert from "node:assert/strict";
import { cameraPermissions } from "./camera_permissions.ts";

Deno.test("cameraPermissions() allows reading code, native code and ffmpeg, and nothing else", () => {
  const flags = cameraPermissions({ ffmpeg: "/opt/a, b/ffmpeg" });
  const names = flags.map((flag) => flag.split("=")[0]);
  assert.deepEqual(names, [
    "--no-prompt",
    "--allow-read",
    "--allow-ffi",
    "--allow-sys",
    "--allow-run",
  ]);
  assert.equal(flags.at(-1), "--allow-run=/opt/a,, b/ffmpeg");
  assert.ok(flags.every((flag) => flag === "--no-prompt" || flag.includes("=")));
});
