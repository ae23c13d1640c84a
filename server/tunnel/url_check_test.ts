import assert from "node:assert/strict";
import fc from "fast-check";
import { checkUrl } from "./url_check.ts";

const ORIGIN = "https://a.tunnel.example";
const OURS = { app: "peerlens", status: "ok", instance: "this one" };

/** Checks against one answer. */
function check(answer: () => Response | Promise<Response>) {
  const asked: string[] = [];
  const ask = (url: string | URL | Request) => {
    asked.push(String(url));
    return Promise.resolve(answer());
  };
  return checkUrl(ORIGIN, "this one", ask as typeof fetch).then((result) => ({ asked, ...result }));
}

Deno.test("checkUrl() knows this very process by its instance", async () => {
  const { kind, asked } = await check(() => Response.json(OURS));
  assert.deepEqual([kind, asked], ["ours", [`${ORIGIN}/healthz`]]);
  // Another Peerlens, which an older tunnel or another computer has there.
  assert.equal((await check(() => Response.json({ ...OURS, instance: "x" }))).kind, "other");
  assert.equal((await check(() => Response.json({ ...OURS, app: "x" }))).kind, "other");
});

Deno.test("checkUrl() tells pages of others from an address that is not known yet", async () => {
  for (const status of [200, 307, 401, 403, 429]) {
    const answer = await check(() => new Response(null, { status: status }));
    assert.deepEqual([answer.kind, "what" in answer && answer.what], ["other", `status ${status}`]);
  }
  for (const status of [404, 502, 530]) {
    assert.equal((await check(() => new Response("<html>", { status }))).kind, "silent");
  }
  const refused = await check(() => {
    throw new TypeError("fetch failed", { cause: new Error("dns error:\n no record") });
  });
  assert.ok(refused.kind === "silent");
  assert.equal(refused.what, "fetch failed: dns error: no record");
});

Deno.test("checkUrl() reads no more than a health document, whatever comes", async () => {
  let pulled = 0;
  const endless = new ReadableStream({
    pull(controller) {
      pulled++;
      controller.enqueue(new Uint8Array(1024));
    },
  });
  assert.equal((await check(() => new Response(endless))).kind, "other");
  assert.ok(pulled < 20);
  await fc.assert(fc.asyncProperty(fc.string(), async (text) => {
    assert.equal((await check(() => new Response(text))).kind, "other");
  }));
});
