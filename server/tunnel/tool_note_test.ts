import assert from "node:assert/strict";
import { endLeftover, removeNote, writeNote } from "./tool_note.ts";
import { tempFolder } from "../testing/temp_folder.ts";

/** A number that no process has. */
const NOBODY = 4_194_302;
const PORT = 45_671;

async function withSleeper(run: (dataDir: string, pid: number) => Promise<void>): Promise<boolean> {
  await using dataDir = await tempFolder();
  const child = new Deno.Command("sh", {
    args: ["-c", `sleep 600; : fake-tunnel 127.0.0.1:${PORT}`],
    stdout: "null",
    stderr: "null",
  }).spawn();
  try {
    await run(dataDir.path, child.pid);
    const state = await Promise.race([
      child.status.then(() => "ended"),
      new Promise<string>((resolve) => setTimeout(resolve, 200, "runs")),
    ]);
    return state === "runs";
  } finally {
    try {
      child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await child.status;
  }
}

const POSIX = { ignore: Deno.build.os === "windows" };
const note = (pid: number) => ({ pid, program: "fake-tunnel", port: PORT, serverPid: NOBODY });

Deno.test({
  ...POSIX,
  name: "endLeftover() ends the program of a server that is no more, once",
  fn: async () => {
    const runs = await withSleeper(async (dataDir, pid) => {
      await writeNote(dataDir, note(pid));
      assert.equal(await endLeftover(dataDir), true);
      assert.equal(await endLeftover(dataDir), false);
    });
    assert.equal(runs, false);
  },
});

Deno.test({
  ...POSIX,
  name: "endLeftover() leaves alone what does not look like it, and what was ended in order",
  fn: async () => {
    const runs = await withSleeper(async (dataDir, pid) => {
      await writeNote(dataDir, { ...note(pid), program: "another-program" });
      assert.equal(await endLeftover(dataDir), false);
      await writeNote(dataDir, { ...note(pid), port: 1234 });
      assert.equal(await endLeftover(dataDir), false);
      await writeNote(dataDir, note(pid));
      await removeNote(dataDir);
      assert.equal(await endLeftover(dataDir), false);
      for (const text of ["", "[]", "null", '{"pid":1}', '{"pid":-5,"program":"","port":"x"}']) {
        await Deno.writeTextFile(`${dataDir}/tunnel.json`, text);
        assert.equal(await endLeftover(dataDir), false, text);
      }
    });
    assert.equal(runs, true);
  },
});
