/** What a viewer's page still shows after a fault, as a person would see it. */
import type { Page } from "playwright-core";
import { waitForPhones } from "../people.ts";

/** What was looked at. */
export interface Look {
  /** The link that leads others into the room. */
  readonly room: string | null;
  /** Whether the page asks whether it may send frames to the server. */
  readonly asks: boolean;
  /** Mode, view, least score and mirroring, as the controls say. */
  readonly settings: string;
}

/** Chooses what a page does not begin with, so that it is seen when it is lost. */
export async function changeSettings(page: Page): Promise<void> {
  await page.getByLabel("Mirror the picture").check();
}

/** Looks at a page. */
export async function lookAt(page: Page): Promise<Look> {
  const mode = page.getByLabel("Mode", { exact: true });
  await mode.waitFor();
  const settings = [
    await mode.inputValue(),
    await page.getByLabel("View", { exact: true }).inputValue(),
    await page.getByLabel("Score at least").inputValue(),
    await page.getByLabel("Mirror the picture").isChecked(),
  ];
  return {
    room: await page.getByRole("link", { name: "View-only link" }).getAttribute("href"),
    asks: await page.getByTestId("consent").isVisible(),
    settings: settings.join(", "),
  };
}

/** What was looked at, and is not as before; the phone among it. */
export async function missingOf(page: Page, before: Look): Promise<string[]> {
  const isWhole = await waitForPhones(page, 1).then(() => true, () => false);
  const now = await lookAt(page);
  return [
    ...(isWhole ? [] : ["the phone is not connected"]),
    ...(now.room === before.room ? [] : ["it is another room"]),
    ...(now.asks === before.asks ? [] : ["the page asks for consent again"]),
    ...(now.settings === before.settings ? [] : [`settings: ${before.settings} → ${now.settings}`]),
  ];
}

/** For a result: what {@linkcode missingOf} found nothing wrong with, or what it found. */
export function keptWords(missing: readonly string[]): string {
  return missing.length === 0
    ? "still there: phone, room, consent, settings"
    : [...new Set(missing)].join("; ");
}
