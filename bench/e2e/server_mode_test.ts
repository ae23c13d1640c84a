// @covers: Chromium: viewer server
/**
 * Server mode as a person sees it: frames go to the server, boxes come back, whatever breaks.
 *
 * Takes about 60 s on two busy cores.
 */
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { blockWebSocket } from "../blocked_websocket.ts";
import { blockUdpToServer, letUdpThrough, type UdpSwitch } from "../blocked_udp.ts";
import { BROWSER } from "../browser.ts";
import { inLanes, TOGETHER } from "../lanes.ts";
import { inferencePids, watchReturn } from "../inference_faults.ts";
import { waitForPhones } from "../people.ts";
import { waitForPerson } from "../person_stage.ts";
import { openRigs, type Rigs } from "../rig.ts";
import type { RigServer } from "../server.ts";
import { waitForBareFrame, waitForVideo } from "../stage.ts";

/** Boxes of frames older than this are not drawn any more: one that is seen later is a new one. */
const BOX_GONE_MS = 1_000;

async function consentTo(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Send frames to the server" }).click();
}

async function chooseMode(page: Page, mode: "server" | "wasm" | "auto" | "off"): Promise<void> {
  await page.getByLabel("Mode", { exact: true }).selectOption(mode);
}

function waitForTransport(page: Page, name: string): Promise<void> {
  return page.getByTestId("transport").filter({ hasText: name }).waitFor({ timeout: 60_000 });
}

/** Says what the figures line shows for `name`. */
async function figure(page: Page, name: string): Promise<string> {
  return await page.getByTestId("figures").locator("div").filter({ hasText: name }).locator("dd")
    .innerText();
}

/** How many frames the inference process has answered, as of its last heartbeat. */
async function answered({ httpUrl }: RigServer): Promise<number> {
  const { inference } = await (await fetch(`${httpUrl}/healthz`)).json();
  return inference.process.framesProcessed;
}

/** Heartbeats with more frames each: two may still tell of those that were under way before. */
const FLOWING_BEATS = 4;
const BUSY_MS = 10_000;

/** As in browsers that have DataChannels in pages only. */
function keepChannels(): void {
  const { postMessage } = Worker.prototype;
  Worker.prototype.postMessage = function (message, ...more: never[]) {
    if (message.kind === "channels") throw new DOMException("none in Workers", "DataCloneError");
    postMessage.call(this, message, ...more);
  };
}

async function useOwnChannel(rigs: Rigs): Promise<void> {
  await using rig = await rigs.open({ viewerInit: keepChannels });
  const { page, errors } = rig.viewer;
  await rig.join();
  await consentTo(page);
  await waitForTransport(page, "DataChannel");
  await waitForPerson(page);
  assert.deepEqual(errors, []);
}

async function useLink(rigs: Rigs): Promise<void> {
  await using rig = await rigs.open({ viewerInit: blockUdpToServer });
  const { page } = rig.viewer;
  await rig.join();
  await consentTo(page);
  await waitForTransport(page, "WebSocket");
  await waitForPerson(page);
  await letUdpThrough(page);
  await waitForTransport(page, "DataChannel");
  await waitForPerson(page);
  // It fails later, without a word: only the server's silence tells.
  await page.evaluate(() => {
    const { udp } = globalThis as unknown as UdpSwitch;
    udp.isBlocked = true;
    udp.last?.close();
  });
  await waitForTransport(page, "WebSocket");
  await waitForPerson(page);
}

async function useRequests(rigs: Rigs): Promise<void> {
  await using rig = await rigs.open({ viewerInit: [blockUdpToServer, blockWebSocket] });
  const { page, errors } = rig.viewer;
  await rig.join();
  await consentTo(page);
  await waitForTransport(page, "HTTP requests");
  await waitForPerson(page);
  await letUdpThrough(page);
  await waitForTransport(page, "DataChannel");
  await waitForPerson(page);
  assert.deepEqual(errors, []);
}

Deno.test("server mode", TOGETHER, async (t) => {
  await using rigs = await openRigs({ mode: "server" });

  await t.step("with one phone", async (t) => {
    await using rig = await rigs.open();
    const { server, viewer: { page, errors } } = rig;
    const phone = await rig.join();
    const mode = page.getByLabel("Mode", { exact: true });
    const dialog = page.getByTestId("consent");
    const privacy = () => page.getByTestId("privacy").innerText();

    await t.step("who refuses keeps the mode that was", async () => {
      await dialog.waitFor();
      assert.match(await privacy(), /No frame reaches the server/);
      await page.keyboard.press("Escape");
      assert.equal(await mode.inputValue(), "wasm");
      await waitForPerson(page);
    });

    await t.step("boxes over the DataChannel, after consent that is asked once", async () => {
      await chooseMode(page, "server");
      await dialog.waitFor();
      assert.equal(await mode.inputValue(), "wasm");
      assert.match(await privacy(), /No frame reaches the server/);
      await page.keyboard.press("Tab");
      await page.keyboard.press("Shift+Tab");
      await consentTo(page);
      await waitForTransport(page, "DataChannel");
      await waitForPerson(page);
      assert.match(await privacy(), /sends single frames/);
      await phone.page.getByText("Frames also go to the Peerlens server").waitFor();
      await page.waitForFunction(() =>
        /round trip\s*\d+ ms\s*network\s*\d+ ms\s*server\s*\d+ ms/.test(
          document.querySelector<HTMLElement>("[data-testid=figures]")!.innerText,
        )
      );

      await page.reload();
      await waitForPerson(page);
      assert.equal(await dialog.count(), 0, "asked once in this browser");
      assert.match(await page.getByTestId("transport").innerText(), /DataChannel/);
      assert.deepEqual(errors, []);
    });

    await t.step("modes change while the stream runs, without a new session", async () => {
      for (const next of ["wasm", "server", "wasm", "server"] as const) {
        await chooseMode(page, next);
        const state = next === "server" ? "visible" : "detached";
        await page.getByTestId("transport").waitFor({ state });
        await page.waitForTimeout(BOX_GONE_MS);
        await waitForPerson(page);
      }
      assert.doesNotMatch(await figure(page, "round trip"), /–/);

      await chooseMode(page, "off");
      await waitForBareFrame(page);
      await chooseMode(page, "server");
      await waitForPerson(page);
      await waitForPhones(page, 1);
    });

    await t.step("detections resume after the server was started again", async () => {
      await server.stop();
      await waitForBareFrame(page, { what: "video without boxes while the server is away" });
      await server.start();
      await waitForTransport(page, "DataChannel");
      await waitForPerson(page);
    });

    await t.step("detections come back after the inference process dies or hangs", async () => {
      for (const signal of ["SIGKILL", "SIGSTOP"] as const) {
        await waitForPerson(page);
        const before = inferencePids(server);
        // How soon is for `deno task bench faults` to say: machines that run tests are noisy.
        const back = watchReturn(page);
        Deno.kill(before.at(-1)!, signal);
        await back;
        assert.ok(inferencePids(server).length > before.length);
        assert.match(await page.getByTestId("transport").innerText(), /DataChannel/);
      }
      await waitForPerson(page);
      await waitForVideo(page);
      await waitForPhones(page, 1);
    });
  });

  await inLanes(
    t,
    [
      ["over the page's own DataChannel where a Worker can have none", () => useOwnChannel(rigs)],
      ["over HTTP requests where UDP and WebSocket are both blocked", () => useRequests(rigs)],
    ],
    [["over the WebSocket where UDP is blocked, and back when it is not", () => useLink(rigs)]],
  );
});

Deno.test(
  "server mode: frames and answers go on while the page itself is busy",
  BROWSER,
  async (t) => {
    await using rigs = await openRigs({ mode: "server", hasGpu: true });
    for (const transport of ["DataChannel", "WebSocket"] as const) {
      await t.step(`over ${transport}`, async () => {
        const isBlocked = transport === "WebSocket";
        await using rig = await rigs.open(isBlocked ? { viewerInit: blockUdpToServer } : {});
        const { server, viewer: { page, errors } } = rig;
        await rig.join();
        await consentTo(page);
        await waitForTransport(page, transport);
        await waitForPerson(page);
        let isBusy = true;
        const busy = page.evaluate((busyMs) => {
          const endMs = performance.now() + busyMs;
          while (performance.now() < endMs);
        }, BUSY_MS).then(() => void (isBusy = false));
        const counts = new Set<number>();
        while (isBusy && counts.size <= FLOWING_BEATS) {
          counts.add(await answered(server));
          await new Promise((resolve) => setTimeout(resolve, 100));
        }
        assert.ok(counts.size > FLOWING_BEATS, `frames answered: ${[...counts].join(", ")}`);
        await busy;
        await waitForPerson(page);
        assert.ok((await page.getByTestId("transport").innerText()).includes(transport));
        assert.deepEqual(errors, []);
      });
    }
  },
);
