import assert from "node:assert/strict";
import { diskFault, replaceFile, withLock } from "./kept_file.ts";
import { assertSynced, killAtEachWrite, refuseEachWrite, runToEnd } from "./testing/disk_faults.ts";
import { tempFolder } from "../testing/temp_folder.ts";

const isRootOnLinux = Deno.build.os === "linux" && Deno.uid() === 0;

Deno.test("replaceFile() leaves the old file or the new one, wherever it is killed", async () => {
  await using temp = await tempFolder();
  const folder = temp.path;
  const path = `${folder}/a.json`;
  await Deno.writeTextFile(path, "old", { mode: 0o600 });
  const seen = new Set<string>();
  const source = `import { replaceFile } from "./server/base/kept_file.ts";
    await replaceFile(${JSON.stringify(path)}, "new and longer");`;
  const whole = await killAtEachWrite(source, async (steps) => {
    const text = await Deno.readTextFile(path);
    assert.match(text, /^(old|new and longer)$/, steps);
    seen.add(text);
  });
  assert.equal(whole.code, 0, whole.err);
  assertSynced(whole.steps);
  assert.equal(seen.size, 2);
  assert.equal(await Deno.readTextFile(path), "new and longer");
  // What earlier runs have left is gone.
  assert.deepEqual((await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name), [
    "a.json",
  ]);
});

Deno.test("replaceFile() leaves the old file on a disk that is full", async () => {
  await using temp = await tempFolder();
  const folder = temp.path;
  const path = `${folder}/a.json`;
  await Deno.writeTextFile(path, "old");
  const source = `import { diskFault, replaceFile } from "./server/base/kept_file.ts";
    try { await replaceFile(${JSON.stringify(path)}, "new"); } catch (error) {
      console.log(diskFault(error)); Deno.exit(3); }`;
  await refuseEachWrite(source, "ENOSPC", async ({ code, out, steps }) => {
    const isMoved = steps.includes("rename") && await Deno.readTextFile(path) === "new";
    if (isMoved) return;
    assert.deepEqual([code, out], [3, "the disk is full\n"], steps.join(" "));
    assert.equal(await Deno.readTextFile(path), "old");
  });
});

Deno.test("withLock() lets one process of ours in at a time, and the next after one that was killed", async () => {
  await using temp = await tempFolder();
  const folder = `${temp.path}/new`;
  const order: string[] = [];
  let second: Promise<unknown> | undefined;
  await withLock(folder, async () => {
    second = withLock(folder, () => Promise.resolve(order.push("second")));
    // Time to come in too early.
    await new Promise((resolve) => setTimeout(resolve, 60));
    order.push("first is over");
  });
  await second;
  assert.deepEqual(order, ["first is over", "second"]);

  const killed = await runToEnd(`import { withLock } from "./server/base/kept_file.ts";
    await withLock(${JSON.stringify(folder)}, () => Deno.kill(Deno.pid, "SIGKILL"));`);
  assert.equal(killed.code, 137);
  await withLock(folder, () => Promise.resolve());
});

Deno.test({
  name: "diskFault() knows a full disk, a read-only one and a file in the way",
  ignore: !isRootOnLinux,
  fn: async (t) => {
    await using temp = await tempFolder();
    const folder = temp.path;
    const mount = async (...args: string[]) =>
      (await new Deno.Command(args[0]!, { args: args.slice(1), stderr: "null" }).output()).success;
    const isMounted = await mount("mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", folder);
    await t.step({
      name: "on a small disk of its own",
      ignore: !isMounted,
      fn: async () => {
        try {
          const faultOf = (work: Promise<unknown>) => work.then(() => "none", diskFault);
          await replaceFile(`${folder}/a`, "old");
          assert.equal(
            await faultOf(replaceFile(`${folder}/a`, "x".repeat(99_000))),
            "the disk is full",
          );
          assert.equal(await Deno.readTextFile(`${folder}/a`), "old");
          await Deno.writeTextFile(`${folder}/b`, "");
          assert.equal(
            await faultOf(withLock(`${folder}/b/c`, () => Promise.resolve())),
            "a file is in the way",
          );
          assert.ok(await mount("mount", "-o", "remount,ro", folder));
          assert.equal(await faultOf(replaceFile(`${folder}/a`, "new")), "the disk is read-only");
        } finally {
          await mount("umount", folder);
        }
      },
    });
  },
});
