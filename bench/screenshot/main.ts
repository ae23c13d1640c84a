/** Makes the pictures of README.md: the real pages, with what the embedded model finds. */
import { Buffer } from "node:buffer";
import sharp from "sharp";
import { openBrowser } from "../browser.ts";
import { runCommand, text } from "../command.ts";
import { clipFile } from "../fixtures.ts";
import { joinByQr } from "../people.ts";
import { sceneClip } from "../scene_clip.ts";
import { note } from "../screen.ts";
import { ROOT, startServer } from "../server.ts";
import { readDetections } from "../stage.ts";

const OUTPUT = `${ROOT}/.github/screenshot.png`;
const SCENE_OUTPUT = `${ROOT}/.github/scene.png`;

const VIEWER = { width: 1072, height: 720 } as const;
const PHONE = { width: 340, height: 720 } as const;
const GAP_PX = 16;

/** Of the scene's objects, those that have to be found at the moment of the picture, and the others. */
const WANTED = ["person", "cat", "cup", "tie"];
const TRUE_TOO = ["dining table"];

/** One input however busy the computer is, and a score that only what is there has. */
const VIEW = "size=416x320&score=0.4";

const PATIENCE_MS = 60_000;

const HELP = `Makes .github/screenshot.png, the picture at the top of README.md.

  deno task bench screenshot [--scene] [--output FILE]

Phone and viewer side by side, with the pictures of models/pictures and the embedded model.
--scene makes .github/scene.png instead: the demo scene of the server, examined there. It needs ffmpeg.
`;

/** See {@linkcode HELP}. @returns The exit code. */
export function run(args: readonly string[]): Promise<number> {
  const command = { help: HELP, flags: { output: text, scene: null } };
  return runCommand(
    args,
    command,
    ({ output, scene }) =>
      scene ? makeScene(output ?? SCENE_OUTPUT) : makePicture(output ?? OUTPUT),
  );
}

/** @throws {Error} When not all is found. */
async function makePicture(output: string): Promise<string> {
  note("opening the pages …");
  const size = { widthPx: 640, heightPx: 480, fps: 15, durationS: 6 };
  await using clip = await clipFile(await sceneClip(size));
  await using server = await startServer();
  await using viewer = await openBrowser({
    role: "viewer",
    viewport: VIEWER,
    isFirstVisit: true,
  });
  await using phone = await openBrowser({ role: "phone", viewport: PHONE, clip: clip.path });
  await viewer.page.goto(`${server.httpUrl}/?${VIEW}`);
  await joinByQr(phone.page, viewer.page);
  note("waiting until all is found …");
  // Figures are of the last seconds: there have to be some.
  await viewer.page.getByTestId("vitals").filter({ hasText: /\d fps.*delay/ }).waitFor();
  const deadline = performance.now() + PATIENCE_MS;
  let rows: string[] = [];
  do {
    rows = await readDetections(viewer.page);
    if (isAllThere(rows)) {
      const shots = await Promise.all(
        [viewer, phone].map(({ page }) => page.screenshot({ scale: "css" })),
      );
      // What is found now and then was perhaps not when the pictures were taken.
      if (isAllThere(await readDetections(viewer.page))) {
        await savePicture(shots, output);
        return `Written to ${output}\n`;
      }
    }
    await viewer.page.waitForTimeout(100);
  } while (performance.now() < deadline);
  throw new Error(`Cannot find ${WANTED.join(", ")}: there is ${rows.join(", ")}`);
}

/** @throws {Error} When the person is not found. */
async function makeScene(output: string): Promise<string> {
  note("opening the page …");
  await using server = await startServer({ flags: ["--mode", "server"] });
  const viewport = { width: 1072, height: 640 };
  await using viewer = await openBrowser({ role: "viewer", viewport, isFirstVisit: true });
  const { page } = viewer;
  await page.goto(`${server.httpUrl}/?camera=ball&display=synced&${VIEW}`);
  // The browser holds frames back for longer at first.
  note("waiting until the delay is steady …");
  await page.waitForTimeout(12_000);
  note("waiting until the person is found …");
  await page.getByTestId("vitals").filter({ hasText: /\d fps.*delay/ }).waitFor();
  const deadline = performance.now() + PATIENCE_MS;
  while (performance.now() < deadline) {
    const shot = await page.screenshot({ scale: "css" });
    const rows = await readDetections(page);
    if (rows.length === 2 && rows.some((row) => row.startsWith("person"))) {
      await sharp(Buffer.from(shot)).png({ palette: true, quality: 90, effort: 10 }).toFile(output);
      return `Written to ${output}\n`;
    }
    await page.waitForTimeout(100);
  }
  throw new Error(`Cannot find the person: there is ${await readDetections(page)}`);
}

/** Rows are such as `person 71 %`. */
function isAllThere(rows: readonly string[]): boolean {
  const labels = new Set(rows.map((row) => row.replace(/ \d+ %$/, "")));
  return WANTED.every((label) => labels.has(label)) &&
    labels.isSubsetOf(new Set([...WANTED, ...TRUE_TOO]));
}

async function savePicture(shots: readonly Uint8Array[], output: string): Promise<void> {
  const lefts = [0, VIEWER.width + GAP_PX];
  await sharp({
    create: {
      width: VIEWER.width + GAP_PX + PHONE.width,
      height: VIEWER.height,
      channels: 3,
      background: "#ffffff",
    },
  })
    .composite(shots.map((input, at) => ({ input: Buffer.from(input), left: lefts[at]!, top: 0 })))
    .png({ palette: true, quality: 90, effort: 10 })
    .toFile(output);
}
