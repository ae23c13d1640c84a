import assert from "node:assert/strict";
import { denoSuite } from "./deno_suite.ts";

/** Takes about 3 s. */
Deno.test("denoSuite() runs what failed again alone, once, and names what passes then", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const file = async (name: string, body: string) => {
      const path = `${folder}/${name}_test.ts`;
      await Deno.writeTextFile(path, `Deno.test("one", async () => { ${body} });`);
      return { files: [path], isAlone: false, hasOwnNetwork: false };
    };
    const noted = JSON.stringify(`${folder}/noted`);
    const well = await file("well", "");
    const once = await file(
      "once",
      `await Deno.mkdir(${noted}).then(() => { throw 1; }, () => {});`,
    );
    const never = await file("never", "throw 2;");
    const output = "nothing";
    const jobs = [well, once, never];
    const { passed, failed, secondTries, reasons } = await denoSuite("tries", jobs, { output });
    assert.deepEqual([passed, failed, secondTries], [2, 1, once.files]);
    assert.equal(reasons?.length, 1);
    assert.match(reasons[0]!, /never_test\.ts\n[^]*error: 2/);
    const alone = await denoSuite("tries", [never], { output });
    assert.deepEqual([alone.failed, alone.secondTries], [1, []]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
