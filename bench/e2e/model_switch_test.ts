// @all: models and client/models have tests of their own
/**
 * Models are listed and changed while the video plays, in the browser and on the server.
 *
 * Takes about 42 s on two busy cores.
 */
import assert from "node:assert/strict";
import type { ClientConfig, ServedModel } from "@/protocol";
import { BOX, headFile, INPUT } from "../../models/testing/heads.ts";
import { BROWSER, openBrowser, PATIENCE_MS } from "../browser.ts";
import { openCalmViewer } from "../calm_viewer.ts";
import { clipFile, personClip } from "../fixtures.ts";
import { type Installation, makeInstallation } from "../installation.ts";
import { chooseModel, exportMetrics, joinByQr, resetMetrics } from "../people.ts";
import { waitForPerson } from "../person_stage.ts";
import { type BoxXyxy, iou } from "../picture.ts";
import { startServer } from "../server.ts";
import { type SeenStage, waitForStage } from "../stage.ts";
import { until } from "../until.ts";

const EMBEDDED = "nanodet-m";

/** Two further heads, and so three ways of reading boxes: these models see an owl in every picture. */
const OWLS = ["yolox", "nanodet"] as const;

/** Where that is in the camera's 4:3 picture, by how this model is shown it. */
function owlOf({ input: { placement } }: ServedModel): BoxXyxy {
  const [x0, y0, x1, y1] = BOX.xyxy;
  const pictureWidthPx = placement === "stretch" ? INPUT.widthPx : INPUT.heightPx * 4 / 3;
  const padPx = placement === "center" ? (INPUT.widthPx - pictureWidthPx) / 2 : 0;
  const x = (px: number) => (px - padPx) / pictureWidthPx;
  return { xmin: x(x0), ymin: y0 / INPUT.heightPx, xmax: x(x1), ymax: y1 / INPUT.heightPx };
}

function hasOwl({ boxes }: SeenStage, model: ServedModel): boolean {
  return boxes.some((box) => iou(box, owlOf(model)) > 0.9);
}

/** Adds a model as a person does. */
async function addOwl({ root }: Installation, kind: typeof OWLS[number]): Promise<void> {
  const file = `${root}/${kind}.onnx`;
  await Deno.writeFile(file, headFile(kind));
  const { code, stderr } = await new Deno.Command(`${root}/start.sh`, {
    args: ["models", "add", file, "--name", kind],
    stdin: "null",
  }).output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
}

Deno.test(
  "the viewer lists the models that are here, the best first, and changes them live in both modes",
  BROWSER,
  async () => {
    await using clip = await clipFile(await personClip());
    await using installation = await makeInstallation();
    for (const kind of OWLS) await addOwl(installation, kind);
    await using server = await startServer({
      root: installation.root,
      flags: ["--mode", "server"],
    });
    await using viewer = await openCalmViewer(server);
    await using phone = await openBrowser({ role: "phone", clip: clip.path });
    const { page } = viewer;
    await page.goto(server.httpUrl);
    await joinByQr(phone.page, page);
    await page.getByRole("button", { name: "Send frames to the server" }).click();

    const { models }: ClientConfig = await (await fetch(`${server.httpUrl}/api/config`)).json();
    assert.deepEqual(models.map(({ id }) => id), [EMBEDDED, ...OWLS]);
    const select = page.getByRole("combobox", { name: "Model" });
    assert.deepEqual(
      await select.getByRole("option").allInnerTexts(),
      models.map(({ title }) => title),
    );
    assert.equal(await select.inputValue(), EMBEDDED);

    for (const mode of ["server", "wasm"]) {
      await page.getByLabel("Mode", { exact: true }).selectOption(mode);
      for (const model of models.toReversed()) {
        const { id, title } = model;
        await chooseModel(page, RegExp(`^${title}$`));
        const what = `a box of ${id} in ${mode} mode`;
        const wait = { what, timeoutMs: 90_000 };
        if (id === EMBEDDED) await waitForPerson(page, wait);
        else await waitForStage(page, (stage) => hasOwl(stage, model), wait);
        await resetMetrics(page);
        await page.getByTestId("export-metrics").and(page.locator(":enabled")).waitFor();
        const processed = async () => {
          const metrics = await exportMetrics(page);
          return metrics.frames.processed > 0 ? metrics : null;
        };
        const metrics = await until(
          processed,
          () => `${id} processed nothing in ${mode} mode`,
          { timeoutMs: PATIENCE_MS },
        );
        assert.deepEqual([metrics.mode, metrics.model], [mode, id]);
      }
    }
    assert.deepEqual([...viewer.errors, ...phone.errors], []);
  },
);
