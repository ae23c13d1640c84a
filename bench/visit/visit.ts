import type { Page } from "playwright-core";
import type { BrowserProcess, RigBrowser } from "../browser.ts";
import { exportMetrics, joinWithPhone, scanQr } from "../people.ts";
import { round } from "../result_file.ts";
import type { CountedLink } from "./counted_link.ts";

/** What a visit came to, until its first box was on the screen. */
export interface Visit {
  /** Since the page was asked for: it works, the model runs, a box is on the screen. */
  readonly "ready_ms": number;
  readonly "model_ms": number;
  readonly "first_box_ms": number;
  /** What came over the link, by what it is for; kB. */
  readonly kilobytes: Readonly<Record<Part | "all", number>>;
}

/** What is loaded, by its path. */
const PARTS = {
  runtime: /^\/assets\/ort-/,
  core: /^\/assets\/vision/,
  model: /^\/models\//,
  page: /^\/$|^\/favicon|^\/assets\//,
  link: /./,
} as const;

export type Part = keyof typeof PARTS;

const PATIENCE_MS = 120_000;

/**
 * Opens the viewer in a profile that knows nothing, lets a phone join as soon as there is something to
 * join, and comes again when it has seen a box; the phone has stayed.
 */
export async function visitTwice(
  link: CountedLink,
  { viewers, phones }: { readonly viewers: BrowserProcess; readonly phones: BrowserProcess },
): Promise<{ readonly first: Visit; readonly again: Visit }> {
  await using phone = await phones.open();
  await using viewer = await viewers.open();
  link.reset();
  const { page } = viewer;
  await page.goto(`http://localhost:${link.port}/`);
  await joinWithPhone(phone.page, await scanQr(page));
  const first = await untilFirstBox(page, link);
  const address = page.url();
  await page.close();
  const again = await comeAgain(viewer, address, link);
  return { first, again };
}

async function comeAgain({ context }: RigBrowser, address: string, link: CountedLink) {
  link.reset();
  const page = await context.newPage();
  await page.goto(address);
  return await untilFirstBox(page, link);
}

async function untilFirstBox(page: Page, link: CountedLink): Promise<Visit> {
  await page.getByRole("list", { name: "Detections" }).getByRole("listitem").first()
    .waitFor({ timeout: PATIENCE_MS });
  const kilobytes = kilobytesByPart(link.bytes);
  // The list knows of a box a little sooner than the screen has it.
  for (let tries = 0; tries < 20; tries++) {
    const { ready, model, first_box: firstBox } = (await exportMetrics(page)).startup_ms;
    if (ready !== null && model !== null && firstBox !== null) {
      return {
        "ready_ms": round(ready, 0),
        "model_ms": round(model, 0),
        "first_box_ms": round(firstBox, 0),
        kilobytes,
      };
    }
    await page.waitForTimeout(250);
  }
  throw new Error("Cannot read the times of the start: the page has not measured them");
}

function kilobytesByPart(bytes: ReadonlyMap<string, number>): Visit["kilobytes"] {
  const sums: Record<Part | "all", number> = {
    page: 0,
    runtime: 0,
    core: 0,
    model: 0,
    link: 0,
    all: 0,
  };
  for (const [path, count] of bytes) {
    const part = (Object.keys(PARTS) as Part[]).find((name) => PARTS[name].test(path)) ?? "link";
    sums[part] += count / 1000;
    sums.all += count / 1000;
  }
  for (const part of Object.keys(sums) as (keyof typeof sums)[]) sums[part] = round(sums[part], 1);
  return sums;
}
