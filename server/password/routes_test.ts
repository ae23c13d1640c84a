import assert from "node:assert/strict";
import { parsePhoneConfig } from "@/protocol";
import { createApp } from "../app.ts";
import { joinOf, newRoom, openSocket } from "../link/testing/link_clients.ts";
import { appDeps, brokenBody, serveApp } from "../testing/helpers.ts";
import { COOKIE_NAME, PasswordGate } from "./gate.ts";

const PASSWORD = "correct horse";
const LAN = "https://192.168.1.20:3443";
const NEIGHBOUR = "192.168.1.66";

/** An app with a password, and its pages built. */
async function scene() {
  const dist = await Deno.makeTempDir();
  await Deno.mkdir(`${dist}/assets`);
  for (const name of ["viewer", "phone"]) {
    await Deno.writeTextFile(`${dist}/${name}.html`, `<title>${name}</title>`);
  }
  await Deno.writeTextFile(`${dist}/assets/a-1.js`, "x");
  const env = { PEERLENS_API_TOKEN: "an-api-token-of-some-length" };
  const deps = { ...appDeps({ dist, env }), gate: new PasswordGate(PASSWORD) };
  const app = createApp(deps);
  const ask = (path: string, init: RequestInit = {}, address = NEIGHBOUR) =>
    app.request(new URL(path, LAN), init, { address });
  const signIn = (password: string, path = "/sign-in", address = NEIGHBOUR) =>
    ask(path, { method: "POST", body: new URLSearchParams({ password }) }, address);
  const cookieOf = (response: Response) => response.headers.get("set-cookie")!.split(";")[0]!;
  const cookie = async () => ({ headers: { cookie: cookieOf(await signIn(PASSWORD)) } });
  const remove = () => Deno.remove(dist, { recursive: true });
  return { deps, ask, signIn, cookie, [Symbol.asyncDispose]: remove };
}

Deno.test("the password is asked before the viewer's page, in place and without a script in it", async () => {
  await using app = await scene();
  const page = await app.ask("/?clean=1");
  assert.equal(page.status, 401);
  assert.equal(page.headers.get("cache-control"), "no-store");
  const html = await page.text();
  assert.match(html, /<form action="\/sign-in" method="post">/);
  assert.ok(!/<script>|\son\w+=|<style/.test(html));
  assert.match(await (await app.ask("/sign-in.js")).text(), /location\.hash/);
});

Deno.test("the right password opens page and models, and leads back to the query it came from", async () => {
  await using app = await scene();
  const wrong = await app.signIn("guess");
  assert.equal(wrong.status, 401);
  assert.match(await wrong.text(), /not the password/);
  assert.equal(wrong.headers.get("set-cookie"), null);
  const right = await app.signIn(PASSWORD, "/sign-in?clean=1&mode=off");
  assert.deepEqual([right.status, right.headers.get("location")], [303, "/?clean=1&mode=off"]);
  const [set, device] = right.headers.getSetCookie();
  assert.match(set!, /; Max-Age=86400; Path=\/; HttpOnly; Secure; SameSite=Lax$/);
  assert.match(
    device!,
    /^peerlens_device=.*; Max-Age=2592000; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
  );
  const cookie = await app.cookie();
  assert.match(await (await app.ask("/", cookie)).text(), /viewer/);
  assert.equal((await app.ask("/models/x/y", cookie)).status, 404);
  assert.equal((await app.ask("/models/x/y")).status, 401);
  // An address elsewhere cannot be led to.
  const away = await app.signIn(PASSWORD, "/sign-in?//evil.example");
  assert.ok(away.headers.get("location")!.startsWith("/?"));
});

Deno.test("phones need no password: pages, assets, codes and of the configuration the profile", async () => {
  await using app = await scene();
  for (const path of [`/join/${newRoom().roomId}`, "/assets/a-1.js", "/j", "/j.js", "/page.css"]) {
    assert.equal((await app.ask(path)).status, 200, path);
  }
  const bare = await (await app.ask("/api/config")).json();
  assert.deepEqual(bare, { profile: "balanced" });
  assert.deepEqual(parsePhoneConfig(bare), { profile: "balanced", models: [] });
  const whole = await (await app.ask("/api/config", await app.cookie())).json();
  assert.ok(whole.joinOrigins.length > 0 && whole.models.length > 0);
  assert.equal(whole.isSignedIn, true);
});

Deno.test("this computer is not asked, unless a proxy on it says that it passed the request on", async () => {
  await using app = await scene();
  const local = async (headers: Record<string, string> = {}) =>
    (await app.ask("http://localhost:3000/", { headers }, "127.0.0.1")).status;
  assert.equal(await local(), 200);
  assert.equal(await local({ "X-Forwarded-For": "127.0.0.1" }), 401);
  assert.equal(await local({ Forwarded: "for=127.0.0.1" }), 401);
  const { gate, ...rest } = app.deps;
  const tunnel = { host: "a.tunnel.example", origin: "https://a.tunnel.example" };
  const tunnelled = await createApp({ ...rest, gate, tunnel }).request(
    "http://a.tunnel.example/",
    {},
    { address: "127.0.0.1", tunnel: { isSecure: true } },
  );
  assert.equal(tunnelled.status, 401);
});

Deno.test("guesses are limited by address, and say when to come again", async () => {
  await using app = await scene();
  for (let guess = 0; guess < 10; guess++) await app.signIn(`guess ${guess}`);
  const refused = await app.signIn(PASSWORD);
  assert.equal(refused.status, 429);
  assert.ok(Number(refused.headers.get("retry-after")) > 0);
  assert.equal((await app.signIn(PASSWORD, "/sign-in", "192.168.1.67")).status, 303);
});

Deno.test("a browser that was signed in before is not held up by guesses from its own network", async () => {
  await using app = await scene();
  const [, device] = (await app.signIn(PASSWORD)).headers.getSetCookie();
  for (let guess = 0; guess < 10; guess++) await app.signIn(`guess ${guess}`);
  const again = await app.ask("/sign-in", {
    method: "POST",
    headers: { cookie: device!.split(";")[0]! },
    body: new URLSearchParams({ password: PASSWORD }),
  });
  assert.equal(again.status, 303);
});

Deno.test("forms of other sites neither guess nor sign anybody in or out", async () => {
  await using app = await scene();
  const send = (path: string, headers: Record<string, string>) =>
    app.ask(path, { method: "POST", headers, body: new URLSearchParams({ password: PASSWORD }) });
  const foreign: Record<string, string>[] = [
    { origin: "https://evil.example" },
    { origin: "null" },
    { origin: "https://192.168.1.20:3444" },
    { "sec-fetch-site": "cross-site", origin: LAN },
    { "sec-fetch-site": "same-site" },
  ];
  for (const headers of foreign) {
    for (const path of ["/sign-in", "/sign-out"]) {
      const refused = await send(path, headers);
      assert.deepEqual([refused.status, refused.headers.get("set-cookie")], [403, null]);
    }
  }
  const own = [{ origin: LAN }, { "sec-fetch-site": "same-origin", origin: "null" }];
  for (const headers of own) assert.equal((await send("/sign-in", headers)).status, 303);
});

Deno.test("signing out makes the cookie worthless, also where it was copied", async () => {
  await using app = await scene();
  const cookie = await app.cookie();
  const out = await app.ask("/sign-out", { method: "POST", ...cookie });
  assert.deepEqual([out.status, out.headers.get("location")], [303, "/"]);
  assert.match(out.headers.get("set-cookie")!, /Max-Age=0/);
  assert.equal((await app.ask("/", cookie)).status, 401);
});

Deno.test("a form that is no form is refused, and reading it is bounded", async () => {
  await using app = await scene();
  const post = async (body: BodyInit) =>
    (await app.ask("/sign-in", { method: "POST", body })).status;
  assert.equal(await post(""), 401);
  assert.equal(await post(new Uint8Array([0xff, 0xfe])), 401);
  assert.equal(await post(`password=${PASSWORD.replace(" ", "+")}&x=${"y".repeat(10_000)}`), 413);
});

Deno.test("a form that was not read counts as no guess", async () => {
  await using app = await scene();
  const status = async (body: BodyInit) =>
    (await app.ask("/sign-in", { method: "POST", body })).status;
  for (let n = 0; n < 20; n++) {
    assert.equal(await status("x".repeat(10_000)), 413);
    assert.equal(await status(brokenBody()), 400);
  }
  assert.equal((await app.signIn(PASSWORD)).status, 303);
});

Deno.test("owners and viewers join with the cookie only; phones with the token of their link", async () => {
  const gate = new PasswordGate(PASSWORD);
  // As through a proxy on this computer, so that the test is not taken for somebody at it.
  await using app = serveApp({ gate });
  const headers = { "X-Forwarded-For": "203.0.113.9" };
  const answer = gate.signIn(PASSWORD, "203.0.113.9");
  assert.ok(answer.kind === "signed-in");
  const cookie = { ...headers, Cookie: `${COOKIE_NAME}=${answer.cookie}` };
  const room = newRoom();
  await using stranger = await openSocket(app.origin, headers);
  await stranger.sendText(JSON.stringify(joinOf(room, "owner")));
  const refused = await stranger.next();
  assert.ok(refused?.type === "error" && refused.code === "sign-in-needed");
  await using owner = await openSocket(app.origin, cookie);
  await owner.sendText(JSON.stringify(joinOf(room, "owner")));
  assert.equal((await owner.next())?.type, "joined");
  await using phone = await openSocket(app.origin, headers);
  await phone.sendText(JSON.stringify(joinOf(room, "phone")));
  assert.equal((await phone.next())?.type, "joined");
  await using viewer = await openSocket(app.origin, headers);
  await viewer.sendText(JSON.stringify(joinOf(room, "viewer")));
  const second = await viewer.next();
  assert.ok(second?.type === "error" && second.code === "sign-in-needed");
});

Deno.test("programs sign in by cookie too, or come with the server's own token", async () => {
  await using app = await scene();
  const detect = async (headers: Record<string, string>) =>
    (await app.ask("/api/detect", { method: "POST", headers })).status;
  assert.equal(await detect({}), 401);
  assert.equal(await detect({ authorization: "Bearer something-else" }), 401);
  // Past the password: in this mode there is no inference.
  assert.equal(await detect({ authorization: "Bearer an-api-token-of-some-length" }), 503);
  assert.equal(await detect((await app.cookie()).headers), 503);
  assert.equal((await app.ask("/api/rooms/x/detections")).status, 401);
});
