import assert from "node:assert/strict";
import {
  assertSynced,
  killAtEachWrite,
  refuseEachWrite,
} from "../server/base/testing/disk_faults.ts";
import { loadCatalog, localFolder } from "./catalog.ts";
import { NO_STATE, type Pin, readLocalState, withPin, writeLocalState } from "./local_state.ts";
import { done, withHome } from "./testing/home.ts";

const pinOf = (id: string): Pin => ({
  id,
  bytes: 4,
  sha256: "0".repeat(64),
  inputName: "in",
  headNames: ["out"],
  url: null,
  pinnedAt: "2026-01-15T00:00:00.000Z",
});

/** A program that does what `deno task models` does with these arguments. */
const program = (home: URL, args: readonly string[]) =>
  `import { runModels } from "./models/models.ts";
  const say = (text) => Deno.stdout.writeSync(new TextEncoder().encode(text));
  Deno.exit(await runModels(${JSON.stringify(args)}, {
    home: new URL(${JSON.stringify(home.href)}), searchPath: [], say, note: say, isTerminal: false,
    ask: () => null, signal: new AbortController().signal }));`;

Deno.test("what is known of the models can be read, wherever a change of it is killed", async () => {
  await withHome(async ({ url, local }) => {
    const folder = localFolder(url);
    const before = ["nanodet-m", "yolox-nano"].map(pinOf).reduce(withPin, NO_STATE);
    await writeLocalState(folder, before);
    await Deno.writeTextFile(new URL("yolox-nano.onnx", folder), "onnx");
    const source = program(url, ["remove", "yolox-nano"]);
    const last = await killAtEachWrite(source, async (steps) => {
      const { pins } = await local();
      assert.ok([1, 2].includes(pins.length) && pins[0]!.id === "nanodet-m", steps);
      assert.equal(typeof (await loadCatalog([], url)).present.length, "number", steps);
      if (pins.length === 2) return;
      // From the start each time.
      await writeLocalState(folder, before);
      await Deno.writeTextFile(new URL("yolox-nano.onnx", folder), "onnx");
    });
    assert.equal(last.code, 0, last.err);
    assertSynced(last.steps);
    assert.deepEqual((await local()).pins.map(({ id }) => id), ["nanodet-m"]);
  });
});

Deno.test("deno task models says in a sentence that the disk is full or read-only, and changes nothing", async () => {
  await withHome(async ({ url }) => {
    const folder = localFolder(url);
    const before = withPin(NO_STATE, pinOf("yolox-nano"));
    await writeLocalState(folder, before);
    for (const [fault, words] of [["ENOSPC", "full"], ["EROFS", "read-only"]] as const) {
      await refuseEachWrite(program(url, ["remove", "yolox-nano"]), fault, async (run) => {
        if ((await readLocalState(folder)).pins.length === 0) {
          return await writeLocalState(folder, before);
        }
        assert.equal(run.code, 1, run.err);
        assert.match(
          run.out,
          new RegExp(`^Nothing can be changed here: the disk is ${words} .*\\n$`),
        );
      });
      await writeLocalState(folder, before);
    }
  });
});

Deno.test("changes of the models at the same time lose none of each other", async () => {
  await withHome(async ({ url, tell, local }) => {
    const ids = ["nanodet-m", "yolox-nano", "yolox-tiny", "yolox-s"];
    await writeLocalState(localFolder(url), ids.map(pinOf).reduce(withPin, NO_STATE));
    for (const told of await Promise.all(ids.map((id) => tell(["remove", id])))) done(told);
    assert.deepEqual((await local()).pins, []);
  });
});
