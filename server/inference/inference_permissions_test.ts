import assert from "node:assert/strict";
import { inferencePermissions } from "./inference_permissions.ts";

const flags = (path: string) => inferencePermissions({ modelFolders: [path] });

Deno.test("inferencePermissions() allows reading and native code, and nothing else", () => {
  const names = flags("/models").map((flag) => flag.split("=")[0]);
  assert.deepEqual(names, ["--no-prompt", "--allow-read", "--allow-ffi", "--allow-sys"]);
  assert.ok(flags("/models").every((flag) => flag === "--no-prompt" || flag.includes("=")));
});

Deno.test("inferencePermissions() names each folder of models, commas and all", () => {
  const read = flags("/my, models").find((flag) => flag.startsWith("--allow-read="))!;
  assert.ok(read.endsWith(",/my,, models"), read);
  assert.ok(!read.includes(",/,") && !read.includes(".data"), read);
});
