/**
 * What a page says that a browser cannot load or run.
 *
 * Takes about 5 s.
 */
import { BROWSER, openBrowser } from "../browser.ts";
import { startServer } from "../server.ts";

const MAIN = /\/assets\/(viewer|phone)-[^/]+\.js$/;

Deno.test("a page that cannot load or run says so", BROWSER, async (t) => {
  await using server = await startServer();
  await using browser = await openBrowser({ role: "viewer" });
  const { context, page } = browser;
  const isSaid = (words: string) => page.getByRole("alert").getByText(words).waitFor();
  for (const path of ["/", `/join/${"A".repeat(22)}`]) {
    await t.step(`${path}: its script does not come`, async () => {
      await context.route(MAIN, (route) => route.abort());
      await page.goto(server.httpUrl + path);
      await isSaid("Peerlens could not be loaded.");
      await context.unroute(MAIN);
    });

    await t.step(`${path}: its script does not parse`, async () => {
      const body = "let a = 1; let a = 2;";
      await context.route(MAIN, (route) => route.fulfill({ contentType: "text/javascript", body }));
      await page.goto(server.httpUrl + path);
      await isSaid("This browser is too old for Peerlens.");
      await context.unroute(MAIN);
    });
  }

  await t.step("/: something that it needs is not there", async () => {
    await context.addInitScript(() => {
      delete (HTMLVideoElement.prototype as Partial<HTMLVideoElement>).requestVideoFrameCallback;
    });
    await page.goto(server.httpUrl);
    await isSaid("It needs Chrome or Edge 119, Firefox 132 or Safari 17.4, or newer.");
  });
});
