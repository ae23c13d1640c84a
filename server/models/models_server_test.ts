/** The real server and the real commands: what they do to the models is seen without a restart. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import type { FrameResultMessage, ServedModel } from "@/protocol";
import { headFile, NAMES, namesText } from "../../models/testing/heads.ts";
import { gradient } from "../inference/testing/test_child.ts";
import { openStreamingPage } from "../streams/testing/pages.ts";
import { ServerProcess } from "../testing/server_process.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** Nobody's model is called so. */
const ID = `test-${crypto.randomUUID().slice(0, 8)}`;

/** As `deno task models` runs it. */
async function models(...args: string[]): Promise<void> {
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "-P=models", "models/models.ts", ...args],
    cwd: ROOT,
    env: { ORT_DISABLE_TELEMETRY: "1" },
  }).output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
}

/** A model that finds one thing in every picture, which it calls `names[2]`. */
function onnx(names: readonly string[]): Uint8Array<ArrayBuffer> {
  return headFile("yolov8", { metadata: { names: namesText(names), task: "detect" } });
}

async function served(origin: string): Promise<ServedModel | undefined> {
  const { models } = await (await fetch(`${origin}/api/config`)).json();
  return models.find(({ id }: ServedModel) => id === ID);
}

Deno.test("a running server sees models come, change and go, in its pages and its inference process", async () => {
  await using server = new ServerProcess(["--ep", "cpu", "--no-qr"], { mode: "server" });
  const file = `${server.dataDir}/m.onnx`;
  const origin = await server.origin();
  await server.event("inference ready");
  try {
    await using other = await openStreamingPage(origin, { modelId: firstOf(await config(origin)) });
    /** Until every page is told. Others may change models of the same folder meanwhile. */
    const changed = async (isSo: (now: ServedModel | undefined) => boolean) => {
      for (;;) {
        const { length } = server.log;
        const now = await served(origin);
        if (isSo(now)) return now;
        await server.event("models changed", length);
      }
    };

    await Deno.writeFile(file, onnx(NAMES));
    await models("add", file, "--name", ID);
    const first = await changed((now) => now !== undefined);
    assert.deepEqual(first?.labels, NAMES);
    await using page = await openStreamingPage(origin, { modelId: ID });
    const frames = await page.openFrames();
    const labels = async (frameId: number) => {
      await frames.sendFrame(frameId, gradient(96, 64));
      const result: FrameResultMessage = JSON.parse(await frames.next());
      assert.equal(result.model_id, ID);
      return result.detections.map(({ label }) => label);
    };
    assert.deepEqual(await labels(1), ["owl"]);

    await Deno.writeFile(file, onnx(["a", "b", "c"]));
    await models("add", file, "--name", ID, "--replace");
    const second = await changed((now) => now !== undefined && now.url !== first!.url);
    assert.equal((await fetch(`${origin}${first!.url}`)).status, 404);
    const bytes = await (await fetch(`${origin}${second!.url}`)).bytes();
    assert.deepEqual(bytes, onnx(["a", "b", "c"]));
    // Whoever uses the old file goes on; whoever asks anew gets the new one.
    assert.deepEqual(await labels(2), ["owl"]);
    await page.reopen();
    assert.deepEqual(await labels(3), ["c"]);

    await models("remove", ID);
    await changed((now) => now === undefined);
    assert.deepEqual(await labels(4), ["c"]);
    await page.reopen();
    await other.ask(ID);
    assert.deepEqual(await other.next(), { kind: "ended", cause: "unknown-model" });
    assert.equal((await server.stop("SIGTERM")).code, 0);
  } finally {
    await models("remove", ID).catch(() => undefined);
  }
});

async function config(origin: string): Promise<{ models: ServedModel[] }> {
  return await (await fetch(`${origin}/api/config`)).json();
}

function firstOf({ models }: { models: readonly ServedModel[] }): string {
  return models[0]!.id;
}
