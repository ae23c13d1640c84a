import assert from "node:assert/strict";
import manifest from "../../deno.json" with { type: "json" };
import { APP_VERSION } from "../base/version.ts";
import {
  architectureOf,
  folderOf,
  imageConfig,
  isForeign,
  missingNatives,
  type ModuleGraph,
  runtimePackages,
} from "./runtime_packages.ts";

function pack(name: string, ...dependencies: string[]) {
  const [, title, version] = /^(.+)@([^@]+)$/.exec(name)!;
  const folder = `${title!.replace("/", "+")}@${version}`;
  return {
    name: title!,
    version: version!,
    dependencies,
    localPath: `/app/node_modules/.deno/${folder}/node_modules/${title}`,
  };
}

const PACKAGES: ModuleGraph["npmPackages"] = {
  "hono@4.0.0": pack("hono@4.0.0"),
  "ort@1.0.0": pack("ort@1.0.0", "common@1.0.0", "zip@1.0.0"),
  "zip@1.0.0": pack("zip@1.0.0", "ort@1.0.0"),
  "common@1.0.0": pack("common@1.0.0"),
  "rtc@1.0.0": pack("rtc@1.0.0", "@rtc/linux-x64-gnu@1.0.0", "@rtc/darwin-x64@1.0.0"),
  "@rtc/linux-x64-gnu@1.0.0": pack("@rtc/linux-x64-gnu@1.0.0"),
  "playwright@1.0.0": pack("playwright@1.0.0"),
};
const graph = (...npm: string[]): ModuleGraph => ({
  modules: [{ kind: "esm" }, ...npm.map((npmPackage) => ({ kind: "npm", npmPackage }))],
  npmPackages: PACKAGES,
});

Deno.test("runtimePackages() follows imports and what these need, and no others", () => {
  assert.deepEqual([...runtimePackages([graph("hono@4.0.0"), graph("ort@1.0.0")])].sort(), [
    "common@1.0.0",
    "hono@4.0.0",
    "ort@1.0.0",
    "zip@1.0.0",
  ]);
  // A dependency for a platform that the lock file does not have is none.
  assert.deepEqual([...runtimePackages([graph("rtc@1.0.0")])].sort(), [
    "@rtc/linux-x64-gnu@1.0.0",
    "rtc@1.0.0",
  ]);
  const broken = { modules: [{ error: "no such file" }], npmPackages: {} };
  assert.throws(() => runtimePackages([broken]), /Cannot read modules: no such file/);
});

Deno.test("folderOf() names the folder in Deno's store", () => {
  assert.equal(folderOf(PACKAGES["@rtc/linux-x64-gnu@1.0.0"]!), "@rtc+linux-x64-gnu@1.0.0");
  assert.throws(() => folderOf({ localPath: "/elsewhere" }), /Cannot tell the folder/);
});

Deno.test("isForeign() keeps the natives of one platform", () => {
  const ort = "onnxruntime-node@1.30.0/node_modules/onnxruntime-node/bin/napi-v6";
  const kept = (arch: "x64" | "arm64") =>
    [
      `${ort}/linux`,
      `${ort}/linux/x64`,
      `${ort}/linux/arm64`,
      `${ort}/darwin`,
      `${ort}/win32`,
      `${ort}`,
      "@node-datachannel+linux-x64-gnu@0.33.4",
      "@node-datachannel+linux-x64-musl@0.33.4",
      "@node-datachannel+linux-arm64-gnu@0.33.4",
      "node-datachannel@0.33.4",
      "hono@4.13.19",
    ].filter((path) => !isForeign(path, arch));
  const everywhere = [`${ort}`, "node-datachannel@0.33.4", "hono@4.13.19"];
  for (const arch of ["x64", "arm64"] as const) {
    assert.deepEqual(kept(arch), [
      `${ort}/linux`,
      `${ort}/linux/${arch}`,
      everywhere[0],
      `@node-datachannel+linux-${arch}-gnu@0.33.4`,
      ...everywhere.slice(1),
    ]);
  }
});

Deno.test("architectureOf() reads what an image's build calls it, or takes its own", () => {
  assert.equal(architectureOf("amd64"), "x64");
  assert.equal(architectureOf("arm64"), "arm64");
  assert.equal(architectureOf("", "aarch64"), "arm64");
  assert.throws(() => architectureOf("riscv64"), /Cannot make an image for .*riscv64/);
});

Deno.test("missingNatives() names what an image for another platform would lack", () => {
  const ort = "onnxruntime-node@1.30.0/node_modules/onnxruntime-node/bin/napi-v6/linux";
  const rtc = (platform: string) =>
    `@node-datachannel+${platform}@0.33.4/node_modules/@node-datachannel/${platform}/node_datachannel.node`;
  const files = [
    ...["x64", "arm64"].flatMap((arch) => [
      `${ort}/${arch}/onnxruntime_binding.node`,
      `${ort}/${arch}/libonnxruntime.so.1`,
    ]),
    rtc("linux-x64-gnu"),
    rtc("linux-x64-musl"),
  ];
  assert.equal(missingNatives(files, "x64"), null);
  assert.match(
    missingNatives(files, "arm64")!,
    /^Native parts for linux-arm64 .*: node-datachannel\./,
  );
  assert.match(missingNatives([], "x64")!, /onnxruntime-node, onnxruntime-node's library, node-/);
});

Deno.test("imageConfig() keeps what the server reads of it, and packages that it imports", () => {
  const { version, imports, permissions } = imageConfig(manifest, [
    { modules: [{ npmPackage: manifest.imports.hono.slice("npm:".length) }], npmPackages: {} },
  ]);
  // Without it no page starts.
  assert.equal(version, APP_VERSION);
  assert.deepEqual(Object.keys(imports), ["@/protocol", "@/vision", "hono"]);
  assert.deepEqual(Object.keys(permissions), ["start"]);
});
