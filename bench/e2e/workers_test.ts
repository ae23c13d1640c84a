// @all: several servers
/**
 * Frames are examined on another machine, over NATS: boxes on the viewer's screen through a worker, over
 * both ways there.
 *
 * Takes about 25 s on two busy cores.
 */
import assert from "node:assert/strict";
import { blockUdpToServer, letUdpThrough } from "../blocked_udp.ts";
import { BROWSER } from "../browser.ts";
import { waitForPerson } from "../person_stage.ts";
import { openRigs } from "../rig.ts";
import { startWorker } from "../worker.ts";
import { hasNats, startNats } from "../nats_server.ts";

// deno-lint-ignore no-explicit-any -- fields are what the document has
async function inferenceOf({ httpUrl }: { readonly httpUrl: string }): Promise<any> {
  return (await (await fetch(`${httpUrl}/healthz`)).json()).inference;
}

Deno.test({
  name: "a viewer of a server that examines nothing itself",
  ...BROWSER,
  ignore: !await hasNats(),
  fn: async (t) => {
    await using stack = new AsyncDisposableStack();
    const nats = stack.use(await startNats());
    const flags = ["--nats", nats.url, "--inference", "remote"];
    const rigs = stack.use(await openRigs({ mode: "server", flags }));
    const first = stack.use(await startWorker({ nats: nats.url }));
    await first.says("inference ready");
    const rig = stack.use(await rigs.open({ viewerInit: blockUdpToServer }));
    const { page, errors } = rig.viewer;
    await rig.join();
    const waitForTransport = (name: string) =>
      page.getByTestId("transport").filter({ hasText: name }).waitFor({ timeout: 60_000 });

    await t.step("boxes from a worker, over the WebSocket and NATS", async () => {
      await page.getByRole("button", { name: "Send frames to the server" }).click();
      await waitForTransport("WebSocket");
      await waitForPerson(page);
      const { members } = await inferenceOf(rig.server);
      assert.deepEqual(members.map(({ streams }: { streams: number }) => streams), [1]);
    });

    await t.step("boxes from a worker, over a DataChannel straight to it", async () => {
      await letUdpThrough(page);
      await waitForTransport("DataChannel");
      await waitForPerson(page);
    });
    assert.deepEqual(errors, []);
  },
});
