import type { Metrics } from "@/protocol";
import type { Page } from "playwright-core";
import { decodeQr, readPng } from "./pixels.ts";

/** What people do with the pages, as they do it: by sight and by name. */

/** Reads the QR code on the viewer's page from the screen and returns the URL that it holds. */
export async function scanQr(viewer: Page): Promise<string> {
  const qr = viewer.getByTestId("qr");
  await qr.locator("svg").waitFor();
  const url = decodeQr(readPng(await qr.screenshot()));
  if (!url) throw new Error("Cannot read the QR code from the screen");
  return url;
}

/** Opens the join URL on a phone and starts its camera. */
export async function joinWithPhone(phone: Page, url: string): Promise<void> {
  await phone.goto(url);
  await startCamera(phone);
}

/** A phone joins with the QR code that a viewer shows, as its first, and is waited for. */
export async function joinByQr(phone: Page, viewer: Page): Promise<void> {
  await joinWithPhone(phone, await scanQr(viewer));
  await waitForPhones(viewer, 1);
}

/** Taps "Start camera". */
export async function startCamera(phone: Page): Promise<void> {
  await phone.getByRole("button", { name: "Start camera" }).click();
}

/** Chooses a model by a part of its title. */
export async function chooseModel(viewer: Page, title: RegExp): Promise<void> {
  const select = viewer.getByRole("combobox", { name: "Model" });
  const options = await select.getByRole("option").allInnerTexts();
  const label = options.find((option) => title.test(option));
  if (!label) throw new Error(`Cannot choose model ${title}: there are ${options.join(", ")}`);
  await select.selectOption({ label });
}

/** Chooses where frames are examined; `off`: nowhere. */
export async function chooseMode(viewer: Page, mode: Metrics["mode"]): Promise<void> {
  await viewer.getByLabel("Mode", { exact: true }).selectOption(mode);
}

/** Has the viewer's next page begin in a mode, as if its person had chosen it, where no control is shown. */
export async function rememberMode(viewer: Page, mode: Metrics["mode"]): Promise<void> {
  await viewer.evaluate((mode) => {
    const settings = JSON.parse(localStorage.getItem("peerlens.settings") ?? "{}");
    localStorage.setItem("peerlens.settings", JSON.stringify({ ...settings, mode }));
  }, mode);
}

/** Opens the charts, or shuts them. */
export async function toggleDashboard(viewer: Page): Promise<void> {
  await viewer.getByRole("button", { name: "Dashboard" }).click();
}

/** Opens the viewer's settings, or shuts them. */
export async function toggleSettings(viewer: Page): Promise<void> {
  await viewer.getByRole("button", { name: "Settings", exact: true }).click();
}

/** Waits until the viewer has found out how many threads its model is best given. */
export async function waitForThreads(viewer: Page): Promise<void> {
  // Where it cannot, or does not need to, it goes on as it is.
  await viewer.waitForFunction(
    () =>
      navigator.hardwareConcurrency < 2 ||
      /"threads":\d/.test(localStorage.getItem("peerlens.backends") ?? ""),
    null,
    { timeout: 40_000 },
  ).catch(() => undefined);
}

/** Begins measuring anew. */
export async function resetMetrics(viewer: Page): Promise<void> {
  await viewer.getByRole("button", { name: "Reset", exact: true }).dispatchEvent("click");
}

/** Exports what the viewer measured, and reads what would be saved: not every profile lets files be. */
export async function exportMetrics(viewer: Page): Promise<Metrics> {
  const button = viewer.getByTestId("export-metrics");
  await button.and(viewer.locator(":enabled")).waitFor();
  const text = await button.evaluate((button) => {
    const makeUrl = URL.createObjectURL;
    return new Promise<string>((resolve) => {
      URL.createObjectURL = (file: Blob) => {
        URL.createObjectURL = makeUrl;
        resolve(file.text());
        return "";
      };
      (button as HTMLButtonElement).click();
    });
  });
  return JSON.parse(text);
}

/** Waits until the viewer's state line reads like `words`. */
export async function waitForState(viewer: Page, words: RegExp): Promise<void> {
  await viewer.getByTestId("state").filter({ hasText: words }).waitFor();
}

/** Waits until the viewer says that this many phones are connected. */
export function waitForPhones(viewer: Page, count: number): Promise<void> {
  return waitForState(viewer, count === 1 ? /^1 phone connected/ : RegExp(`^${count} phones conn`));
}

/** Waits for an alert that reads like `words` and returns it. */
export async function waitForAlert(page: Page, words: RegExp): Promise<string> {
  const alert = page.getByRole("alert").filter({ hasText: words }).first();
  await alert.waitFor();
  return await alert.innerText();
}
