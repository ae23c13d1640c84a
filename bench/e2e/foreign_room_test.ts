import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { BROWSER, openBrowser } from "../browser.ts";
import { newRoom } from "../room_secrets.ts";
import { startServer } from "../server.ts";

// A link that another site leads to: somebody else knows its keys.

Deno.test(
  "an owner's link that was not made here is asked about, and never becomes the terminal's room",
  BROWSER,
  async () => {
    await using server = await startServer({ showsQr: true });
    const [, code] = /\/j#(\S+)/.exec(server.output())!;
    /** Where the terminal's QR code leads now. */
    const door = async (): Promise<string | undefined> => {
      const headers = { Accept: "application/json" };
      const body = new URLSearchParams({ code: code! });
      return (await (await fetch(`${server.httpUrl}/j`, { method: "POST", headers, body })).json())
        .path;
    };
    const isJoined = (page: Page) => page.getByTestId("qr").locator("svg").waitFor();
    await using browser = await openBrowser({ role: "viewer" });
    const { page } = browser;
    const { roomId, owner } = await newRoom();
    const foreign = `${server.httpUrl}/?clean=1#room=${roomId}&owner=${owner}`;
    const links: string[] = [];
    page.on("websocket", (socket) => links.push(socket.url()));

    await page.goto(foreign);
    await page.getByRole("heading", { name: "Open this room?" }).waitFor();
    assert.deepEqual(links, [], "joined before the answer");
    await page.getByRole("button", { name: "Open a room of my own" }).click();
    await page.waitForURL((url) => url.hash.includes("room=") && !url.hash.includes(roomId));
    await isJoined(page);
    const own = new URL(page.url());
    assert.ok(!own.hash.includes(roomId) && own.search === "");
    const ownRoom = /room=([\w-]+)/.exec(own.hash)![1]!;
    assert.ok((await door())?.startsWith(`/join/${ownRoom}#`));

    const second = await browser.context.newPage();
    await second.goto(foreign.replace("?clean=1", ""));
    await second.getByRole("button", { name: "Open this room" }).click();
    await isJoined(second);
    assert.ok((await door())?.startsWith(`/join/${ownRoom}#`), "though it was opened later");
    await second.reload();
    // Asked once.
    await isJoined(second);
    await page.close();
    for (let path = await door(); path !== undefined; path = await door()) {
      assert.ok(path.startsWith(`/join/${ownRoom}#`));
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    assert.deepEqual(browser.errors, []);
  },
);
