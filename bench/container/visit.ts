import type { Page } from "playwright-core";
import { openBrowser } from "../browser.ts";
import { clipFile, personClip } from "../fixtures.ts";
import { joinWithPhone, scanQr, waitForPhones } from "../people.ts";
import { keepConnections } from "../page_connections.ts";
import { waitForPerson } from "../person_stage.ts";
import { readDetections, waitForBox, waitForVideo } from "../stage.ts";
import { until } from "../until.ts";

/** What a viewer and a phone saw of a server. */
export interface Visit {
  /** Host of the QR code. */
  readonly joinHost: string;
  /** How frames went to the server: `DataChannel` or `WebSocket`. */
  readonly transport: string;
  /** Addresses at which the viewer's browser reached the server over UDP. */
  readonly serverAddresses: readonly string[];
}

const PATIENCE_MS = 60_000;

// deno-lint-ignore no-explicit-any
type Any = any;

/**
 * Two people at a server that offers server mode: the phone joins by the QR code; boxes lie on the
 * person in both modes, as read from the screen. @throws {Error} If anything of that does not come.
 */
export async function visit(httpUrl: string): Promise<Visit> {
  await using clip = await clipFile(await personClip());
  await using viewer = await openBrowser({ role: "viewer", initScript: keepConnections });
  await using phone = await openBrowser({ role: "phone", clip: clip.path });
  const { page } = viewer;
  await page.goto(httpUrl);
  const joinUrl = await scanQr(page);
  await joinWithPhone(phone.page, joinUrl);
  await waitForPhones(page, 1);
  // The server begins in server mode, which asks first, and over the picture.
  await page.getByRole("button", { name: "Send frames to the server" }).click();
  await waitForVideo(page);
  const transport = page.getByTestId("transport").filter({ hasText: "DataChannel" });
  await transport.waitFor({ timeout: PATIENCE_MS });
  await waitForPerson(page, { what: "a box on the person in server mode" });
  const serverAddresses = await addressesOfServer(page);
  await page.getByLabel("Mode", { exact: true }).selectOption("wasm");
  await page.getByTestId("transport").waitFor({ state: "detached" });
  // Boxes of the mode before are gone by then.
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  await waitForPerson(page, { what: "a box on the person in wasm mode" });
  for (const { errors } of [viewer, phone]) {
    if (errors.length > 0) throw new Error(`A page threw: ${errors.join("; ")}`);
  }
  return { joinHost: new URL(joinUrl).hostname, transport: "DataChannel", serverAddresses };
}

/** The scene that the server draws, in one click, with the person in it found: the image has its ffmpeg. */
export async function visitScene(httpUrl: string): Promise<void> {
  await using viewer = await openBrowser({ role: "viewer" });
  const { page, errors } = viewer;
  await page.goto(httpUrl);
  await page.getByRole("button", { name: "Watch the demo scene" }).click();
  await waitForVideo(page);
  await until(
    async () => (await readDetections(page)).some((row) => row.startsWith("person")),
    async () => `No person is found in the scene, but ${await readDetections(page)}`,
    { timeoutMs: PATIENCE_MS },
  );
  await waitForBox(page, { what: "a box in the scene" });
  if (errors.length > 0) throw new Error(`A page threw: ${errors.join("; ")}`);
}

/** What the viewer's page warns of. */
export async function warnings(httpUrl: string): Promise<string[]> {
  await using viewer = await openBrowser({ role: "viewer" });
  await viewer.page.goto(httpUrl);
  await viewer.page.getByTestId("qr").locator("svg").waitFor();
  return await viewer.page.getByRole("alert").allInnerTexts();
}

/** Of the connection with the DataChannels of frames: where a check of a pair came through. */
function addressesOfServer(page: Page): Promise<string[]> {
  return page.evaluate(async () => {
    const addresses = new Set<string>();
    for (const connection of globalThis.peerlensConnections ?? []) {
      const report: Any = await connection.getStats();
      const stats: Any[] = [...report.values()];
      if (!stats.some(({ type, label }) => type === "data-channel" && label === "frames")) continue;
      for (const pair of stats.filter(({ type }) => type === "candidate-pair")) {
        if (pair.state !== "succeeded") continue;
        addresses.add(report.get(pair.remoteCandidateId).address);
      }
    }
    return [...addresses];
  });
}
