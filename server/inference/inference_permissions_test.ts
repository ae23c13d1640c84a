import assert from "node:assert/strict";
import { fakeCatalog } from "../test_helpers.ts";
import { inferencePermissions } from "./inference_permissions.ts";

const flags = (path: string) => inferencePermissions({ models: fakeCatalog(path).present });

Deno.test("inferencePermissions() allows reading and native code, and nothing else", () => {
  const names = flags("/models/a.onnx").map((flag) => flag.split("=")[0]);
  assert.deepEqual(names, ["--no-prompt", "--allow-read", "--allow-ffi", "--allow-sys"]);
  assert.ok(flags("/models/a.onnx").every((flag) => flag === "--no-prompt" || flag.includes("=")));
});

Deno.test("inferencePermissions() names each model's file, commas and all", () => {
  const read = flags("/my, models/a.onnx").find((flag) => flag.startsWith("--allow-read="))!;
  assert.ok(read.endsWith(",/my,, models/a.onnx"), read);
  assert.ok(!read.includes(",/,") && !read.includes(".data"), read);
});
