import type { Page } from "playwright-core";
import { openBrowser, scriptOf } from "../browser.ts";
import { note } from "../load/screen.ts";
import { costOf, type RoundCost } from "./round_cost.ts";
import { joinWithPhone, scanQr, waitForPhones } from "../people.ts";
import { type PageCpu, readPageCpu } from "./browser_cpu.ts";
import { giveMadeUpRows } from "./made_up_rows.ts";

/** After each opening and shutting, which cost something themselves. */
const SETTLE_MS = 3_000;

/** Detection and encoder have found their pace. */
const WARM_UP_MS = 10_000;

/** How it is measured. */
export interface CostPlan {
  /** Rows that the history has at the start; it goes on with what is measured. */
  readonly rows: number;
  readonly rounds: number;
  readonly windowMs: number;
  readonly viewport: { readonly width: number; readonly height: number };
}

/** Percent of a core, of each round. */
export interface CostSample {
  readonly shut: PageCpu;
  readonly open: PageCpu;
}

/** What the charts cost with a history of so many rows. */
export interface ChartsCost extends RoundCost {
  readonly rows: number;
  readonly samples: readonly CostSample[];
}

/** A phone and a viewer, whose charts are shut and open in turns. @param clip Of the camera. */
export async function measureCost(url: string, clip: string, plan: CostPlan): Promise<ChartsCost> {
  await using viewer = await openBrowser({
    role: "viewer",
    viewport: plan.viewport,
    initScript: scriptOf(giveMadeUpRows, plan.rows),
  });
  await using phone = await openBrowser({ role: "phone", clip });
  const { page } = viewer;
  await page.goto(url);
  await page.evaluate(layOutAsIn720Px);
  await joinWithPhone(phone.page, await scanQr(page));
  await waitForPhones(page, 1);
  await page.getByTestId("backend").waitFor();
  note(`${plan.rows} rows of history: warming up`);
  await page.waitForTimeout(WARM_UP_MS);

  const measure = async () => {
    await page.waitForTimeout(SETTLE_MS);
    const [before, startMs] = [await readPageCpu(viewer), performance.now()];
    await page.waitForTimeout(plan.windowMs);
    const [after, elapsedMs] = [await readPageCpu(viewer), performance.now() - startMs];
    const percent = (key: keyof PageCpu) => (after[key] - before[key]) / elapsedMs * 100;
    return { page: percent("page"), all: percent("all") };
  };
  const samples: CostSample[] = [];
  for (let round = 1; round <= plan.rounds; round++) {
    note(`${plan.rows} rows of history: round ${round} of ${plan.rounds}`);
    // Shut and open, then open and shut: what changes slowly meanwhile counts for neither.
    const first = await measure();
    await toggle(page);
    const second = await measure();
    const [shut, open] = round % 2 === 1 ? [first, second] : [second, first];
    samples.push({ shut, open });
  }
  return { rows: plan.rows, ...costOf(samples), samples };
}

/** The picture costs what it costs in a usual window, and the dashboard follows at once. */
function layOutAsIn720Px(): void {
  const sizes = { ".viewer": "720px", ".side-column": "592px" };
  for (const [selector, height] of Object.entries(sizes)) {
    document.querySelector<HTMLElement>(selector)!.style.minHeight = height;
  }
  document.querySelector<HTMLElement>(".stage")!.style.height = "388px";
}

/** Opens or shuts the dashboard, and makes sure that all its charts are in sight or gone. */
async function toggle(page: Page): Promise<void> {
  const last = page.getByTestId("chart-clock");
  const wasOpen = await last.count() > 0;
  await page.getByRole("heading", { name: "Dashboard" }).click();
  await last.locator("canvas").waitFor({ state: wasOpen ? "detached" : "visible" });
  const box = wasOpen ? null : await last.boundingBox();
  if (box !== null && box.y + box.height > page.viewportSize()!.height) {
    throw new Error("Cannot measure: a chart is not in sight, and so not drawn");
  }
}
