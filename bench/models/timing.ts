import type { Page } from "playwright-core";
import { initVision, Vision } from "../../crates/vision/mod.ts";
import type { CatalogModel } from "../../models/catalog.ts";
import { createSession, type ModelSession } from "../../server/inference/session.ts";
import { openBrowser } from "../browser.ts";
import { median } from "../../client/base/quantiles.ts";
import { servePage } from "../page_server.ts";
import type { ModelsPage } from "./page.ts";
import type { SizedModel } from "./sizes.ts";

/** Threads of one run, natively and in the browser. */
export const THREADS = 2;

/** The model that times are given as shares of. */
export const REFERENCE = "yolox-nano";

/** Runs of one model in one round. */
const BATCH = 3;

/** What functions that run in the page find there. */
interface PageScope {
  readonly modelsPage: ModelsPage;
}

/** How long runs of a model take. */
export interface Timing {
  /** Medians of a run, ms. */
  readonly nativeMs: number;
  readonly wasmMs: number;
  /** Medians over the rounds, of the time as a share of the reference's; `null`: that is not here. */
  readonly nativeShare: number | null;
  readonly wasmShare: number | null;
}

/** What was run in. */
export interface Timings {
  readonly byKey: ReadonlyMap<string, Timing>;
  readonly browser: string;
}

/** Of each round, the median of a batch. */
interface Rounds {
  readonly native: number[];
  readonly wasm: number[];
}

/** Times models in turn, natively and in Chromium. @param note Told how far it is. */
export async function timeModels(
  models: readonly SizedModel[],
  rounds: number,
  note: (text: string) => void,
): Promise<Timings> {
  await using stack = new AsyncDisposableStack();
  const natives = new Map<string, () => Promise<unknown>>();
  for (const { key, model } of models) {
    note(`loading ${key}`);
    natives.set(key, await nativeRun(model, stack));
  }
  const { page, browser } = await openPage(models, stack, note);
  const all = new Map<string, Rounds>(models.map(({ key }) => [key, { native: [], wasm: [] }]));
  for (let round = 0; round < rounds; round++) {
    note(`round ${round + 1} of ${rounds}`);
    for (const { key } of models) {
      const times = all.get(key)!;
      times.native.push(median(await timeRuns(natives.get(key)!))!);
      times.wasm.push(
        median(
          await page.evaluate(
            ({ key, runs }) => (globalThis as unknown as PageScope).modelsPage.time(key, runs),
            { key, runs: BATCH },
          ),
        )!,
      );
    }
  }
  const reference = all.get(REFERENCE);
  const byKey = new Map([...all].map(([key, times]) => [key, timingOf(times, reference)]));
  return { byKey, browser };
}

/** Medians, and shares round by round: what slows the machine down for a while slows both down. */
export function timingOf(times: Rounds, reference: Rounds | undefined): Timing {
  const share = (side: keyof Rounds) =>
    reference === undefined
      ? null
      : median(times[side].map((time, round) => time / reference[side][round]!));
  return {
    nativeMs: median(times.native)!,
    wasmMs: median(times.wasm)!,
    nativeShare: share("native"),
    wasmShare: share("wasm"),
  };
}

async function nativeRun(
  model: CatalogModel,
  stack: AsyncDisposableStack,
): Promise<() => Promise<unknown>> {
  await initVision();
  const vision = new Vision(model.entry);
  const headShapesOf = () => vision.headShapes;
  vision.free();
  const source = { ...model, headShapesOf, provider: "cpu", threads: THREADS } as const;
  const session: ModelSession = await createSession(source);
  stack.defer(() => session.close());
  const { widthPx, heightPx } = model.entry.input;
  // Not zeros: arithmetic on them may be faster than on pictures.
  const length = 3 * widthPx * heightPx;
  const input = Float32Array.from({ length }, (_, at) => (at * 7919 % 256) / 255);
  return () => session.run(input);
}

async function timeRuns(run: () => Promise<unknown>): Promise<number[]> {
  const times: number[] = [];
  for (let at = 0; at < BATCH; at++) {
    const startMs = performance.now();
    await run();
    times.push(performance.now() - startMs);
  }
  return times;
}

async function openPage(
  models: readonly SizedModel[],
  stack: AsyncDisposableStack,
  note: (text: string) => void,
): Promise<{ page: Page; browser: string }> {
  const urlOf = (id: string) => `/models/${id}.onnx`;
  const files = Object.fromEntries(models.map(({ model }) => [urlOf(model.entry.id), model.path]));
  const server = stack.use(await servePage(new URL("page.ts", import.meta.url), files));
  const { page } = stack.use(await openBrowser({ role: "viewer" }));
  await page.goto(server.origin);
  await page.waitForFunction(() => "modelsPage" in globalThis);
  for (const { key, model: { entry: { id, input } } } of models) {
    note(`loading ${key} in the browser`);
    const shape = [1, 3, input.heightPx, input.widthPx];
    const model = { key, url: urlOf(id), inputName: input.name, shape };
    await page.evaluate(
      ({ model, threads }) => (globalThis as unknown as PageScope).modelsPage.load(model, threads),
      { model, threads: THREADS },
    );
  }
  return { page, browser: await page.evaluate(() => navigator.userAgent) };
}
