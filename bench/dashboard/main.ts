/** What the dashboard costs the viewer's browser: its CPU with the charts shut and open, in turn. */
import type { Page } from "playwright-core";
import { openBrowser } from "../browser.ts";
import { ASSETS, clipFile, personClip } from "../fixtures.ts";
import { median } from "../load/stats.ts";
import { note, say } from "../load/screen.ts";
import { machineFacts } from "../machine.ts";
import { joinWithPhone, scanQr, waitForPhones } from "../people.ts";
import { ROOT, startServer } from "../server.ts";
import { type PageCpu, readPageCpu } from "./browser_cpu.ts";

const RESULT = `${ROOT}/bench/results/dashboard.json`;

/** What is promised: of all that the viewer's browser takes. */
const TARGET_PERCENT = 2;

const WINDOW_MS = 10_000;

/** After each opening and shutting, which cost something themselves. */
const SETTLE_MS = 3_000;

/**
 * Charts are drawn every few seconds until that is less than a pixel, and then less often: by then
 * they have all their points, and cost the most.
 */
const DEFAULT_MINUTES = 6;

const HELP = `Measures what the dashboard costs and writes bench/results/dashboard.json.

  deno task bench dashboard [--minutes=${DEFAULT_MINUTES}] [--rounds=6]

  --minutes=N   of history before it is measured, 0 to 30
  --rounds=N    each: ten seconds shut, ten seconds open

Detection runs in the viewer's browser. Linux; PEERLENS_ASSETS names the folder with the pictures.
`;

/** Measures, prints, writes. @returns 0; 1 when the target is missed; 2 for arguments or assets. */
export async function run(args: readonly string[]): Promise<number> {
  if (args.includes("--help")) return say(Deno.stdout, HELP, 0);
  let minutes = DEFAULT_MINUTES;
  let rounds = 6;
  for (const arg of args) {
    const [, name, value] = /^--(minutes|rounds)=(\d{1,2})$/.exec(arg) ?? [];
    if (name === "minutes" && Number(value) <= 30) minutes = Number(value);
    else if (name === "rounds" && Number(value) > 0) rounds = Number(value);
    else return say(Deno.stderr, `Cannot understand ${arg}\n\n${HELP}`, 2);
  }
  if (!ASSETS) return say(Deno.stderr, "Cannot measure without pictures: set PEERLENS_ASSETS\n", 2);

  await using stack = new AsyncDisposableStack();
  const clip = stack.use(await clipFile(await personClip()));
  const server = stack.use(await startServer({ env: { PEERLENS_MODELS: "" } }));
  // High enough for all charts to be in sight: those that are not are not drawn.
  const viewport = { width: 1280, height: 1800 };
  const viewer = stack.use(await openBrowser({ role: "viewer", viewport }));
  const phone = stack.use(await openBrowser({ role: "phone", clip: clip.path }));
  const { page } = viewer;
  await page.goto(server.httpUrl);
  await page.evaluate(layOutAsIn720Px);
  await joinWithPhone(phone.page, await scanQr(page));
  await waitForPhones(page, 1);
  await page.getByTestId("backend").waitFor();
  note(`${minutes} minutes of history`);
  await page.waitForTimeout(minutes * 60_000 + WINDOW_MS);

  const samples: { shut: PageCpu; open: PageCpu }[] = [];
  for (let round = 1; round <= rounds; round++) {
    note(`round ${round} of ${rounds}`);
    const measure = async () => {
      await page.waitForTimeout(SETTLE_MS);
      const [before, startMs] = [await readPageCpu(viewer), performance.now()];
      await page.waitForTimeout(WINDOW_MS);
      const [after, elapsedMs] = [await readPageCpu(viewer), performance.now() - startMs];
      const percent = (key: keyof PageCpu) => (after[key] - before[key]) / elapsedMs * 100;
      return { page: percent("page"), all: percent("all") };
    };
    const shut = await measure();
    await toggle(page);
    const open = await measure();
    if (!await page.getByTestId("chart-clock").isVisible()) {
      throw new Error("Cannot see the charts");
    }
    await toggle(page);
    samples.push({ shut, open });
  }
  note("");
  // Detection takes what CPU it gets, so what charts take is seen beside the Workers.
  const costPoints = median(samples.map(({ shut, open }) => open.page - shut.page))!;
  const allPercent = median(samples.map(({ shut }) => shut.all))!;
  const costPercent = costPoints / allPercent * 100;
  const report = {
    schema: 1,
    command: "deno task bench dashboard",
    "measured_at": new Date().toISOString(),
    machine: machineFacts(),
    "history_minutes": minutes,
    "window_s": WINDOW_MS / 1000,
    "viewer_cpu_percent": allPercent,
    "charts_cpu_points": costPoints,
    "charts_percent_of_viewer": costPercent,
    "target_percent": TARGET_PERCENT,
    samples,
  };
  await Deno.writeTextFile(RESULT, `${JSON.stringify(report, undefined, 2)}\n`);
  const isMet = costPercent < TARGET_PERCENT;
  return say(
    Deno.stdout,
    `charts ${costPoints.toFixed(2)} % of a core, ${costPercent.toFixed(2)} % of the viewer's ` +
      `${allPercent.toFixed(0)} %; target under ${TARGET_PERCENT} %: ${isMet ? "met" : "MISSED"}\n`,
    isMet ? 0 : 1,
  );
}

/** The picture costs what it costs in a usual window, and the dashboard follows at once. */
function layOutAsIn720Px(): void {
  const sizes = { ".viewer": "720px", ".side-column": "592px" };
  for (const [selector, height] of Object.entries(sizes)) {
    document.querySelector<HTMLElement>(selector)!.style.minHeight = height;
  }
  document.querySelector<HTMLElement>(".stage")!.style.height = "388px";
}

/** Opens or shuts the dashboard. */
async function toggle(page: Page): Promise<void> {
  await page.getByRole("heading", { name: "Dashboard" }).click();
}
