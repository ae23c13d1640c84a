// @all: models and server/models have tests of their own
/** What `deno task models` does is seen by a page that is open. */
import assert from "node:assert/strict";
import { headFile, testHeads } from "../../models/testing/heads.ts";
import { BROWSER, openBrowser } from "../browser.ts";
import { makeInstallation } from "../installation.ts";
import { chooseModel } from "../people.ts";
import { startServer } from "../server.ts";

const ID = "owls";

async function models(root: string, ...args: string[]): Promise<void> {
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "-P=models", "models/models.ts", ...args],
    cwd: root,
    env: { ORT_DISABLE_TELEMETRY: "1" },
  }).output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
}

function onnx(score: number): Uint8Array<ArrayBuffer> {
  const { numbers } = testHeads().find(({ name }) => name === "yolov8")!.file;
  return headFile("yolov8", { numbers: numbers.map((value) => value === 0.875 ? score : value) });
}

Deno.test("an open page sees models come, change and go", BROWSER, async () => {
  const folder = await Deno.makeTempDir();
  const file = `${folder}/m.onnx`;
  await using installation = await makeInstallation();
  const { root } = installation;
  await using server = await startServer({ root });
  await using viewer = await openBrowser({ role: "viewer" });
  const { page } = viewer;
  const fetched: string[] = [];
  page.on("request", (request) => {
    if (request.url().endsWith(`/${ID}.onnx`)) fetched.push(request.url());
  });
  try {
    await page.goto(server.httpUrl);
    const select = page.getByRole("combobox", { name: "Model" });
    await select.waitFor();
    const before = await select.inputValue();
    const option = (title: string) => select.locator("option", { hasText: title });

    await Deno.writeFile(file, onnx(0.875));
    await models(root, "add", file, "--name", ID, "--title", "Owls");
    await option("Owls").waitFor({ state: "attached" });
    assert.equal(await select.inputValue(), before);
    await chooseModel(page, /^Owls$/);
    while (fetched.length < 1) await page.waitForTimeout(50);

    await Deno.writeFile(file, onnx(0.75));
    await models(root, "add", file, "--name", ID, "--title", "Owls", "--replace");
    while (fetched.length < 2) await page.waitForTimeout(50);
    assert.notEqual(fetched[0], fetched[1]);

    await models(root, "remove", ID);
    await option("Owls (removed)").waitFor({ state: "attached" });
    assert.equal(await select.inputValue(), ID);
    await select.selectOption(before);
    await option("Owls").waitFor({ state: "detached" });
    assert.deepEqual(viewer.errors, []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
