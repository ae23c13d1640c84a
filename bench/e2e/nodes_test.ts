// @all: several servers
/**
 * Two servers that are one over NATS: the phone's page is on one of them, the viewer's on the other, and
 * the one that has the room goes.
 *
 * Takes about 20 s on two busy cores.
 */
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { BROWSER, launchBrowser } from "../browser.ts";
import { clipFile, personClip } from "../fixtures.ts";
import { keepConnections } from "../page_connections.ts";
import { chooseMode, joinWithPhone, scanQr, waitForPhones } from "../people.ts";
import { waitForPerson } from "../person_stage.ts";
import { type RigServer, startServer } from "../server.ts";
import { startTcpProxy } from "../tcp_proxy.ts";
import { hasNats, startNats } from "../nats_server.ts";

/** A busy machine decodes some frames in this time. */
const LOOK_MS = 1_000;

// deno-lint-ignore no-explicit-any -- fields are what the document has
async function nodesOf({ httpUrl }: RigServer): Promise<any> {
  return (await (await fetch(`${httpUrl}/healthz`)).json()).nodes;
}

/** Pages in rooms whose home is there. */
async function pagesOf({ httpUrl }: RigServer): Promise<number> {
  const text = await (await fetch(`${httpUrl}/metrics`)).text();
  return [...text.matchAll(/^peerlens_peers\{role="(?:owner|phone)"\} (\d+)$/gm)]
    .reduce((sum, [, count]) => sum + Number(count), 0);
}

/** Frames of the phone's video that the page has decoded. */
function framesDecoded(page: Page): Promise<number> {
  return page.evaluate(async () => {
    const reports = await Promise.all(
      (globalThis.peerlensConnections ?? []).map((connection) => connection.getStats()),
    );
    return reports.flatMap((report) => [...report.values()])
      .reduce(
        (sum, { type, framesDecoded = 0 }) => sum + (type === "inbound-rtp" ? framesDecoded : 0),
        0,
      );
  });
}

Deno.test({
  name: "a phone and a viewer on two servers",
  ...BROWSER,
  ignore: !await hasNats(),
  fn: async (t) => {
    await using stack = new AsyncDisposableStack();
    const nats = stack.use(await startNats());
    const spec = await personClip();
    const clip = stack.use(await clipFile(spec));
    // What stands before servers in a real place: it leads the viewer to whichever there is.
    const leads = { port: 0 };
    const balancer = stack.use(await startTcpProxy(() => leads.port));
    const start = async () =>
      stack.use(
        await startServer({
          env: { PEERLENS_MODELS: "", PEERLENS_CLUSTER_SECRET: "a-secret-of-all-nodes" },
          flags: [
            ...["--nats", nats.url, "--mode", "server"],
            ...["--public-host", `localhost:${balancer.port}`],
          ],
        }),
      );
    const first = await start();
    const second = await start();
    leads.port = first.ports.https;
    const viewers = stack.use(await launchBrowser({ role: "viewer" }));
    const phones = stack.use(await launchBrowser({ role: "phone", clip: clip.path }));
    const viewer = stack.use(await viewers.open({ initScript: keepConnections }));
    const phone = stack.use(await phones.open({}));
    const { page } = viewer;

    await t.step("boxes in the browser, with the phone's page on another server", async () => {
      await page.goto(`https://localhost:${balancer.port}/`);
      const url = new URL(await scanQr(page));
      url.port = String(second.ports.https);
      await joinWithPhone(phone.page, url.href);
      await waitForPhones(page, 1);
      await chooseMode(page, "wasm");
      await waitForPerson(page, spec);
      assert.equal((await nodesOf(second)).pagesElsewhere.links, 1);
      assert.equal((await nodesOf(first)).lines.in, 1);
    });

    await t.step("video goes on while the room's server goes and the room moves", async () => {
      leads.port = second.ports.https;
      await first.stop();
      let seen = await framesDecoded(page);
      // The owner's page makes the room on the other server, and the phone's is in it again.
      const startMs = performance.now();
      for (let isBack = false; !isBack;) {
        await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
        const now = await framesDecoded(page);
        assert.ok(now > seen, `no frame for ${LOOK_MS} ms`);
        seen = now;
        isBack = await pagesOf(second) === 2;
        assert.ok(performance.now() - startMs < 30_000, "they did not come back");
      }
      await waitForPhones(page, 1);
      await waitForPerson(page, spec);
    });

    await t.step("boxes from a server that is not the viewer's", async () => {
      await first.start();
      leads.port = first.ports.https;
      // Its room lives on with the phone, on the other server.
      await page.reload();
      await waitForPhones(page, 1);
      assert.equal((await nodesOf(first)).pagesElsewhere.links > 0, true);
      await chooseMode(page, "server");
      await page.getByRole("button", { name: "Send frames to the server" }).click();
      await page.getByTestId("transport").filter({ hasText: "DataChannel" }).waitFor();
      await waitForPerson(page, spec);
    });
    assert.deepEqual(phone.errors, []);
  },
});
