import assert from "node:assert/strict";
import { loadConfig } from "./config.ts";
import { parseFlags } from "./flags.ts";

const FFMPEG = { PEERLENS_FFMPEG: "/usr/bin/ffmpeg" };

function camerasOf(args: string[], env: Record<string, string> = FFMPEG) {
  return loadConfig({ env, flags: parseFlags(args) }).cameras;
}

Deno.test("toCameras() has the drawn scene by default, where there is ffmpeg", () => {
  const scene = { name: "ball", kind: "scene", source: "" };
  assert.deepEqual(camerasOf([]), { specs: [scene], ffmpeg: "/usr/bin/ffmpeg" });
  assert.deepEqual(camerasOf([], {}), { specs: [], ffmpeg: null });
  assert.deepEqual(camerasOf(["--camera", "none"]).specs, []);
  // Asked for, it is there without ffmpeg too, to say what is missing.
  assert.deepEqual(camerasOf(["--camera", "ball"], {}), { specs: [scene], ffmpeg: null });
});

Deno.test("toCameras() takes several, of flags or of one variable with a line for each", () => {
  const kinds = (args: string[], env = {}) =>
    camerasOf(args, { ...FFMPEG, ...env }).specs.map(({ name, kind }) => `${name} ${kind}`);
  const wanted = ["clip file", "usb usb", "ball scene"];
  const given = ["clip=./street.mp4", "usb=/dev/video0", "ball"];
  assert.deepEqual(kinds(given.map((camera) => `--camera=${camera}`)), wanted);
  assert.deepEqual(kinds([], { PEERLENS_CAMERAS: given.join("\n") }), wanted);
  // A flag wins over the variable.
  assert.deepEqual(kinds(["--camera", "ball"], { PEERLENS_CAMERAS: given.join("\n") }), [
    "ball scene",
  ]);
});

Deno.test("toCameras() says what it cannot use, and never a password", () => {
  const secret = "door=rtsp://user:hush@/x";
  assert.throws(() => camerasOf(["--camera", secret]), (error: Error) => {
    return error.name === "UsageError" && error.message.startsWith("--camera: ") &&
      !error.message.includes("hush");
  });
  assert.throws(
    () => camerasOf([], { ...FFMPEG, PEERLENS_CAMERAS: "ball\nball" }),
    /^UsageError: PEERLENS_CAMERAS: There are two cameras named ball/,
  );
});
