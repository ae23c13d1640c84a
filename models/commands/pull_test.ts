/** How models come, are looked after and go: `pull`, `verify`, `list` and `remove`. */
import assert from "node:assert/strict";
import type { ManifestEntry } from "@/protocol";
import { loadCatalog } from "../catalog.ts";
import type { CommandEvent } from "../cli.ts";
import { factOf } from "../file_hash.ts";
import { readManifest } from "../manifest.ts";
import { type FileServer, serveFile } from "../testing/file_server.ts";
import { headFile, INPUT } from "../testing/heads.ts";
import { done, refused, type TestHome, withHome } from "../testing/home.ts";

/** A manifest with one model, whose file is to be had at `urls`. */
async function offer(home: TestHome, over: Partial<ManifestEntry>): Promise<void> {
  const [first] = (await readManifest(home.url)).models;
  const { obtain: _obtain, ...entry } = first!;
  const head: ManifestEntry["head"] = {
    outputs: ["output"],
    kind: "yolox",
    classes: 80,
    strides: [8, 16, 32],
  };
  const input = { ...entry.input, ...INPUT };
  await home.setManifest([{ ...entry, id: "m", file: "m.onnx", input, head, ...over }]);
}

const COCO_SHAPE = { output: [1, 126, 85], numbers: new Float32Array(126 * 85) };
const COCO_HEAD = headFile("yolox", COCO_SHAPE);
const OTHER = headFile("yolox", { ...COCO_SHAPE, numbers: COCO_SHAPE.numbers.map(() => 1e-3) });
const COCO_FACT = factOf(COCO_HEAD);
const UNKNOWN = { bytes: null, sha256: null };
const BY_HAND = { urls: [], obtain: "By hand" };

/** A home whose model a server has. */
const withOffer = (
  over: Partial<ManifestEntry>,
  use: (home: TestHome, server: FileServer) => Promise<void>,
  content = COCO_HEAD,
) =>
  withHome(async (home) => {
    await using server = serveFile(content);
    await offer(home, { urls: [server.url], ...over });
    await use(home, server);
  });

Deno.test("pull downloads a model, checks it, and says what is started with then", () =>
  withOffer(COCO_FACT, async ({ tell, write }) => {
    const events: CommandEvent[] = [];
    const told = await tell(["pull", "m"], { report: (event) => void events.push(event) });
    const said = done(told);
    const { length: bytes } = COCO_HEAD;
    assert.deepEqual(events.slice(-2), [
      { kind: "progress", receivedBytes: bytes, totalBytes: bytes },
      { kind: "model", id: "m" },
    ]);
    assert.match(said, /^NanoDet-m: weights under Apache-2\.0, from/);
    assert.match(
      said,
      /m: \d+ bytes, SHA-256 [0-9a-f]{64}, as expected: .*local\/m\.onnx\nPeerlens starts with m/,
    );
    assert.match(told.noted, /m\.onnx {2}\[#+\] 100 %/);
    assert.match((await tell(["pull", "m"])).said, /m is here already/);
    assert.match((await tell(["list"])).said, /^m +default .*local\/m\.onnx$/m);
    done(await tell(["verify"]));
    await write("local/m.onnx", COCO_HEAD.slice(1));
    refused(await tell(["verify", "m"]), /Damaged: .*truncated or another file/);
    assert.match((await tell(["remove", "m"])).said, /^m is removed: m\.onnx\.$/m);
    assert.match((await tell(["remove", "m"])).noted, /m is not here/);
  }));

Deno.test("pull pins a file that the manifest has no checksum of, and refuses another one", () =>
  withOffer(UNKNOWN, async ({ tell, path, local }, server) => {
    const { sha256 } = COCO_FACT;
    const said = done(await tell(["pull", "m"]));
    assert.ok(said.includes(`${sha256}, pinned`), said);
    await Deno.remove(path("local/m.onnx"));
    server.content = OTHER.slice();
    const second = await tell(["pull", "m"]);
    refused(second, /deno task models remove m, then pull again/);
    assert.ok(second.noted.includes(sha256) && second.noted.includes(factOf(OTHER).sha256));
    await tell(["remove", "m"]);
    done(await tell(["pull", "m"]));
    assert.equal((await local()).pins[0]!.sha256, factOf(OTHER).sha256);
  }));

Deno.test("pull takes names of tensors from the file, and refuses one that is another model", () =>
  withOffer(
    UNKNOWN,
    async ({ tell, url }, server) => {
      done(await tell(["pull", "m"]));
      const { entry } = (await loadCatalog([], url)).present[0]!;
      assert.deepEqual([entry.input.name, entry.head.outputs], ["data", ["boxes"]]);
      await tell(["remove", "m"]);
      server.content = headFile("yolov8");
      refused(
        await tell(["pull", "m"]),
        /m cannot be used, and was deleted: .*"output" is float32 \[1, 7, 126\], expected/,
      );
      assert.equal((await loadCatalog([], url)).missing.length, 1);
    },
    headFile("yolox", { ...COCO_SHAPE, inputName: "data", outputName: "boxes", metadata: {} }),
  ));

Deno.test("pull asks for a yes to the AGPL, and says how to get what is not for download", () =>
  withOffer({ licence: "AGPL-3.0", ...COCO_FACT }, async (home, server) => {
    const { tell } = home;
    refused(await tell(["pull", "m"]), /add --accept-licence/);
    assert.equal(server.requests, 0);
    done(await tell(["pull", "m", "--accept-licence"]));
    await offer(home, { urls: [], obtain: "Export it yourself", ...UNKNOWN });
    await tell(["remove", "m"]);
    assert.match((await tell(["pull", "m"])).noted, /^Cannot pull m\. Export it yourself\.$/m);
    assert.match((await tell(["pull", "x"])).noted, /no model x/);
  }));

Deno.test("pull that is stopped leaves nothing, and can be tried again", () =>
  withOffer(COCO_FACT, async ({ tell, path }, server) => {
    server.stallAfter = 20_000;
    const stop = new AbortController();
    const { code, noted } = await tell(["pull", "m"], {
      signal: stop.signal,
      note: (text) => / [1-9]\d %/.test(text) && stop.abort(),
    });
    assert.deepEqual([code, noted], [130, ""]);
    await assert.rejects(Deno.stat(path("local/m.onnx.part")), Deno.errors.NotFound);
    server.stallAfter = null;
    done(await tell(["pull", "m"]));
  }));

Deno.test("verify pins a file that was put there by hand", () =>
  withHome(async (home) => {
    const { tell, write } = home;
    await offer(home, { ...BY_HAND, ...UNKNOWN });
    await write("local/m.onnx", COCO_HEAD);
    assert.match((await tell(["list"])).said, /^m +not checked/m);
    assert.ok(done(await tell(["verify"])).includes(`${COCO_FACT.sha256}, pinned`));
    assert.match((await tell(["list"])).said, /^m +default/m);
    await tell(["remove", "m"]);
    await write("local/m.onnx", headFile("yolov8"));
    refused(await tell(["verify", "m"]), /m cannot be used: .*expected/);
  }));

Deno.test("remove leaves files alone that are not its own", () =>
  withHome(async (home) => {
    await offer(home, { ...BY_HAND, ...COCO_FACT });
    await home.write("elsewhere/m.onnx", COCO_HEAD);
    const searchPath = [home.path("elsewhere")];
    refused(
      await home.tell(["remove", "m"], { searchPath }),
      /elsewhere\/m\.onnx, outside of .*local\/, and stays/,
    );
    refused(await home.tell(["remove", "x"]), /There is no model x/);
  }));

Deno.test("no command breaks on a list of this computer that is broken: each says what to do", () =>
  withHome(async (home) => {
    await offer(home, { ...BY_HAND, ...COCO_FACT });
    await home.write("own.onnx", headFile("yolov8"));
    await home.write("local/local.json", "{ broken");
    for (const told of [await home.tell(["remove", "m"]), await home.add("own.onnx")]) {
      refused(told, /local\.json: .*Repair it, or delete it/);
    }
  }));

Deno.test("add does not take the place of another model's file", () =>
  withHome(async (home) => {
    await offer(home, { file: "m-96.onnx", ...BY_HAND, ...COCO_FACT });
    await home.write("local/m-96.onnx", COCO_HEAD);
    await home.write("m-96.onnx.mine", headFile("yolov8"));
    refused(
      await home.add("m-96.onnx.mine", "--name", "m-96"),
      /m-96\.onnx is the file of m: give yours another name with --name/,
    );
    assert.match((await home.tell(["list"])).said, /^m +default/m);
  }));
