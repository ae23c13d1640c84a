// @all: waits for ways that are looked for every half a minute
// @network: makes networks of fixed addresses
/**
 * A phone in a network that drops all UDP: through the server, directly, and through the server again.
 *
 * Takes about 60 s on two busy cores.
 */
import assert from "node:assert/strict";
import type { Metrics } from "@/protocol";
import type { Page } from "playwright-core";
import { BROWSER } from "../browser.ts";
import { exportMetrics, resetMetrics, waitForState } from "../people.ts";
import { waitForPerson } from "../person_stage.ts";
import {
  agree,
  ASKED_MS,
  dialogOf,
  framesRest,
  openRelayScene,
  relayOf,
  THROUGH,
} from "../relay_scene.ts";
import { waitForVideo } from "../stage.ts";
import { until } from "../until.ts";

const NEEDS_NETWORK = { ignore: Deno.build.os !== "linux" || Deno.uid() !== 0 };

const DIRECTLY = /1 phone connected$/;

/** The phone makes a fresh connection every half a minute at the latest. */
const DIRECT_MS = 90_000;

/** Waits until traffic of the last seconds is measured. @returns What is measured by then. */
async function waitForTraffic(page: Page): Promise<Metrics> {
  const look = async () => {
    await page.getByTestId("export-metrics").and(page.locator(":enabled")).waitFor();
    const metrics = await exportMetrics(page);
    return metrics.uplink_kbps !== null && metrics.downlink_kbps !== null ? metrics : null;
  };
  return await until(look, () => "traffic is not measured", { timeoutMs: ASKED_MS, everyMs: 300 });
}

Deno.test(
  "no UDP between phone and viewer: pictures through the server after consent, and directly again",
  { ...BROWSER, ...NEEDS_NETWORK },
  async () => {
    await using scene = await openRelayScene({ ownNetwork: true });
    const { server, viewer, phone, network } = scene;
    await dialogOf(viewer).waitFor({ timeout: ASKED_MS });
    assert.deepEqual(
      [(await relayOf(server)).framesReceived, (await relayOf(server)).phones],
      [0, 0],
      "nothing goes before the answer",
    );
    assert.equal(await phone.page.getByTestId("relay").count(), 0);
    await agree(viewer);
    await waitForState(viewer.page, THROUGH);
    await waitForVideo(viewer.page);
    await waitForPerson(viewer.page);
    assert.match(
      await viewer.page.getByTestId("privacy").innerText(),
      /through the Peerlens server at localhost/,
    );
    await phone.page.getByText("Live through the server").waitFor();
    assert.match(
      await phone.page.getByTestId("privacy").innerText(),
      new RegExp(`through the Peerlens server at ${network!.ourAddress}`),
    );
    const relay = await relayOf(server);
    assert.ok(relay.framesReceived > 0 && relay.framesSent > 0, JSON.stringify(relay));
    await resetMetrics(viewer.page);
    const metrics = await waitForTraffic(viewer.page);
    // The phone's clock is known over the server as well, and what came is counted.
    assert.equal(metrics.capture_clock, "phone");
    assert.ok(metrics.clock_error_ms! > 0 && metrics.median_latency_ms! > 0);
    assert.ok(metrics.uplink_kbps! > metrics.downlink_kbps!, "pictures go one way");

    await phone.page.getByRole("button", { name: "Pause" }).click();
    await viewer.page.locator(".stage-note").getByText("The camera is paused.").waitFor();
    await framesRest(server);
    await phone.page.getByRole("button", { name: "Resume" }).click();
    await waitForVideo(viewer.page);

    await network!.lose(0);
    await viewer.page.getByTestId("state").filter({ hasText: DIRECTLY })
      .waitFor({ timeout: DIRECT_MS });
    await phone.page.getByText("Live on the computer.").waitFor();
    await waitForVideo(viewer.page);
    await waitForPerson(viewer.page);
    const after = await relayOf(server);
    assert.deepEqual([after.phones, after.viewers], [0, 0]);
    await framesRest(server);

    await network!.lose(1);
    await viewer.page.getByTestId("state").filter({ hasText: THROUGH })
      .waitFor({ timeout: DIRECT_MS });
    assert.equal(await dialogOf(viewer).count(), 0, "asked once in this browser");
    await waitForVideo(viewer.page);
    assert.deepEqual([viewer.errors, phone.errors], [[], []]);
  },
);
