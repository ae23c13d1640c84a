import assert from "node:assert/strict";
import type { SizePx } from "@/vision";
import { loadCatalog } from "../../models/catalog.ts";
import { createSession } from "./session.ts";

const { present } = await loadCatalog([]);
const { entry, path } = present.find((model) => model.entry.id === "nanodet-m")!;

const headShapesOf = ({ widthPx, heightPx }: SizePx) => [[
  1,
  84,
  [8, 16, 32].reduce((cells, stride) => cells + (widthPx / stride) * (heightPx / stride), 0),
]];

Deno.test("createSession() runs a model and keeps nothing of its input", async () => {
  const session = await createSession({ entry, path, headShapesOf, provider: "cpu", threads: 1 });
  const input = new Float32Array(3 * 320 * 416).fill(0.5);
  const first = (await session.run(input))[0]!.slice();
  input.fill(0.1);
  const second = (await session.run(input))[0]!.slice();
  assert.equal(first.length, 84 * 2730);
  assert.notDeepEqual(first, second);
  assert.deepEqual((await session.run(input.fill(0.5)))[0], first);
  assert.ok(session.runMs > 0);

  const turned = new Float32Array(3 * 256 * 320).fill(0.5);
  const upright = (await session.run(turned, { widthPx: 256, heightPx: 320 }))[0]!;
  assert.equal(upright.length, 84 * 1680, "another size of the same session");
  assert.deepEqual((await session.run(input))[0], first, "and back");
  await session.close();
});

Deno.test("createSession() names the provider, or the tensor that does not fit", async () => {
  const source = { entry, path, headShapesOf, provider: "cpu", threads: 1 } as const;
  const provider = Deno.build.os === "darwin" ? "dml" : "coreml";
  await assert.rejects(createSession({ ...source, provider }), new RegExp(`on ${provider}`));
  const renamed = { ...entry, input: { ...entry.input, name: "pictures" } };
  await assert.rejects(
    createSession({ ...source, entry: renamed }),
    /input "pictures" is missing \(the file has "images"\), expected .* \[1, 3, 320, 416\]$/,
  );
  const other = { ...entry, head: { ...entry.head, outputs: ["boxes"] } };
  await assert.rejects(createSession({ ...source, entry: other }), /output "boxes" is missing/);
  await assert.rejects(
    createSession({ ...source, headShapesOf: () => [[1, 1700, 85]] }),
    /output "output" is float32 \[1, 84, cells\], expected float32, float16, int32 or int64 \[1, 1700, 85\]$/,
  );
});

const ALL = await loadCatalog((Deno.env.get("PEERLENS_MODELS") ?? "").split(":").filter(Boolean));
const half = ALL.present.find((model) => model.entry.id === "yolov5n-640-fp16");

Deno.test({
  name: "createSession() runs a model of half precision whose sizes are given by name",
  ignore: half === undefined,
  async fn() {
    const session = await createSession({
      ...half!,
      headShapesOf: () => [[1, { most: 25200 }, 85]],
      provider: "cpu",
      threads: 2,
    });
    const input = new Float32Array(3 * 640 * 640).fill(0.5);
    const [head] = await session.run(input);
    assert.ok(head! instanceof Float32Array);
    assert.equal(head!.length, 25200 * 85);
    assert.ok(head!.every((value) => Number.isFinite(value)));
    // Centres are spread over the picture.
    assert.ok(head![0]! < 16 && head![(25199) * 85]! > 500);
    await session.close();
    await assert.rejects(
      createSession({
        ...half!,
        headShapesOf: () => [[1, { most: 8400 }, 85]],
        provider: "cpu",
        threads: 2,
      }),
      /output "output" is float16 \[1, 25200, 85\], expected .* \[1, up to 8400, 85\]$/,
    );
  },
});
