// @all: models and server/models have tests of their own
/**
 * Choosing, adding and removing models on the viewer's page, with the embedded model and files that the
 * test makes.
 *
 * Takes about 30 s on two busy cores.
 */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import type { Page } from "playwright-core";
import { headFile, NAMES, testHeads } from "../../models/testing/heads.ts";
import { BROWSER, launchBrowser, openBrowser } from "../browser.ts";
import { clipFile, emptyClip } from "../fixtures.ts";
import { makeInstallation } from "../installation.ts";
import { waitForAlert } from "../people.ts";
import { startServer } from "../server.ts";

const ID = "owls";

function onnx(): Uint8Array<ArrayBuffer> {
  const { file } = testHeads().find(({ name }) => name === "yolov8")!;
  const names = `['${NAMES.join("', '")}']`;
  return headFile("yolov8", { metadata: { ...file.metadata, names, license: "MIT" } });
}

/** As a person drops it. */
async function drop(page: Page, testId: string, name: string, bytes: Uint8Array): Promise<void> {
  const dataTransfer = await page.evaluateHandle(([called, numbers]) => {
    const dropped = new DataTransfer();
    dropped.items.add(new File([new Uint8Array(numbers)], called));
    return dropped;
  }, [name, [...bytes]] as [string, number[]]);
  await page.getByTestId(testId).dispatchEvent("drop", { dataTransfer });
}

Deno.test(
  "a model is dropped on the page, chosen by measurement, and removed",
  BROWSER,
  async () => {
    await using clip = await clipFile(emptyClip());
    await using installation = await makeInstallation();
    await using server = await startServer({
      root: installation.root,
    });
    await using viewer = await openBrowser({ role: "viewer", clip: clip.path });
    const { page } = viewer;
    await page.goto(server.httpUrl);
    await page.getByRole("button", { name: "Use this computer's camera" }).click();
    const opener = page.getByRole("button", { name: "Models …" });
    const sheet = page.getByRole("dialog", { name: "Models" });
    const row = (title: string) => sheet.getByTestId("model-row").filter({ hasText: title });
    const outcome = sheet.getByTestId("models-outcome");
    const job = (words: RegExp) => sheet.getByTestId("model-job").filter({ hasText: words });
    const select = page.getByRole("combobox", { name: "Model" });
    await opener.click();
    await row("NanoDet-m").getByText(/basic accuracy \(AP \.235\) · 1\.9 MB · Apache-2\.0/)
      .waitFor();
    await row("NanoDet-m").getByText(/^About .* measured in this browser/).waitFor();
    await page.keyboard.press("Escape");
    await sheet.waitFor({ state: "hidden" });
    assert.ok(await opener.evaluate((button) => button === document.activeElement));

    await drop(page, "stage", `${ID}.onnx`, onnx());
    await job(/is here\.[\s\S]*licence MIT[\s\S]*A run took/).waitFor();
    await row(ID).getByText(/accuracy unknown · .* · MIT/).waitFor();
    await row(ID).getByText("Frame rate unknown until you try it.").waitFor();

    await drop(page, "models", "broken.onnx", new TextEncoder().encode("no model"));
    await job(/broken\.onnx was not added\.[\s\S]*it is no ONNX file/).waitFor();

    // One of both is sure to be the fastest: it computes nothing.
    await sheet.getByRole("button", { name: "Fast" }).click();
    await outcome.getByText(/^Fast picked .*: the fastest of the 2 compared/).waitFor();
    assert.ok(await row(ID).getByRole("radio").isChecked(), await outcome.innerText());
    await row(ID).getByText(/measured in this browser.* Now: \d/).waitFor();
    await sheet.getByRole("button", { name: "Balanced" }).click();
    await outcome.getByText(/^Balanced picked/).waitFor();
    const isChecked = await row("NanoDet-m").getByRole("radio").isChecked();
    // How fast they are is this computer's affair; the choice has to be what is said.
    const words = await outcome.innerText();
    assert.equal(isChecked, /picked NanoDet-m:/.test(words), words);
    if (/2 of the 2 compared keep up/.test(words)) assert.ok(isChecked, words);
    assert.equal(await select.inputValue(), isChecked ? "nanodet-m" : ID);

    await row("NanoDet-m").getByRole("radio").check();
    await job(/is here/).getByRole("button", { name: "Use it" }).click();
    assert.ok(await row(ID).getByRole("radio").isChecked());
    await row("NanoDet-m").getByRole("radio").check();
    await row(ID).getByRole("button", { name: /^Remove/ }).click();
    await job(/was removed/).waitFor();
    await row(ID).waitFor({ state: "detached" });
    assert.equal(await row("NanoDet-m").getByRole("button").count(), 0, "it is part of the app");
    assert.deepEqual(viewer.errors, []);
  },
);

Deno.test("what the sheet lets nobody have", BROWSER, async (t) => {
  await using server = await startServer();
  await using browser = await launchBrowser({ role: "viewer", compilesLess: true });

  await t.step("from another computer nothing can be had, added or removed", async () => {
    await using viewer = await browser.open();
    const { page, context } = viewer;
    // As a proxy on the server's computer says it of others.
    await context.setExtraHTTPHeaders({ "x-forwarded-for": "203.0.113.7" });
    const asked: string[] = [];
    page.on("request", (request) => asked.push(new URL(request.url()).pathname));
    await page.goto(server.httpUrl);
    await page.getByRole("button", { name: "Models …" }).click();
    const sheet = page.getByRole("dialog", { name: "Models" });
    await sheet.getByTestId("model-row").filter({ hasText: "NanoDet-m" }).waitFor();
    assert.equal(await sheet.getByTestId("models-owner").count(), 0);
    assert.equal(await sheet.getByTestId("absent-model").count(), 0);
    await sheet.getByRole("button", { name: "Close" }).click();
    await drop(page, "stage", "owls.onnx", onnx());
    await waitForAlert(page, /owls\.onnx was not added: only the owner/);
    assert.deepEqual(asked.filter((path) => path.startsWith("/api/models")), []);
    assert.deepEqual(viewer.errors, []);
  });

  await t.step(
    "a licence that asks something is agreed to before the download, or nothing comes",
    async () => {
      await using viewer = await browser.open();
      const { page } = viewer;
      const bodies: string[] = [];
      // Nothing is downloaded from anybody.
      await page.route("**/api/models/pull", async (route) => {
        bodies.push(route.request().postData() ?? "");
        const body = { code: "too-many-jobs", message: "As many changes wait as may" };
        await route.fulfill({ status: 503, json: body });
      });
      await page.goto(server.httpUrl);
      await page.getByRole("button", { name: "Models …" }).click();
      const absent = (title: string) =>
        page.getByTestId("absent-model").filter({ hasText: title }).first();
      const agpl = absent("YOLOv5n 640×640, release");
      await agpl.getByRole("button", { name: /^Download/ }).click();
      const no = agpl.getByRole("button", { name: "No" });
      assert.ok(await no.evaluate((button) => button === document.activeElement));
      await no.click();
      assert.deepEqual(bodies, []);
      await agpl.getByRole("button", { name: /^Download/ }).click();
      await agpl.getByRole("button", { name: "I agree to AGPL-3.0: download" }).click();
      await waitForAlert(page, /As many changes wait as may\./);
      await absent("YOLOX-tiny").getByRole("button", { name: /^Download/ }).click();
      while (bodies.length < 2) await page.waitForTimeout(20);
      assert.deepEqual(bodies.map((body) => JSON.parse(body)), [
        { id: "yolov5n", acceptedLicence: "AGPL-3.0" },
        { id: "yolox-tiny" },
      ]);
      await page.getByTestId("model-file").setInputFiles({
        name: "letter.txt",
        mimeType: "text/plain",
        buffer: Buffer.from("no model"),
      });
      await waitForAlert(page, /letter\.txt is no \.onnx file\./);
      assert.deepEqual(viewer.errors, []);
    },
  );
});
