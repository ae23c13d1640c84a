import assert from "node:assert/strict";
import { loadConfig } from "./config.ts";
import { withBoxes } from "./camera_config.ts";
import { parseCameras } from "./camera_spec.ts";
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

Deno.test("withBoxes() gives each camera one with boxes drawn in, where none is named and there is room", () => {
  const names = (texts: string[]) => withBoxes(parseCameras(texts)).map(({ name }) => name);
  assert.deepEqual(names(["ball", "yard=whep:http://h/"]), ["ball", "yard", "ball-boxes"]);
  assert.deepEqual(names(["clip=a.mp4", "marked=boxes:clip"]), ["clip", "marked"]);
  assert.deepEqual(names(["a=x.mp4", "a-boxes=y.mp4"]), ["a", "a-boxes", "a-boxes-boxes"]);
  const long = "x".repeat(30);
  assert.deepEqual(names([`${long}=x.mp4`]), [long]);
  const many = Array.from({ length: 15 }, (_, n) => `c${n}=x.mp4`);
  assert.equal(names(many).length, 16);
});
