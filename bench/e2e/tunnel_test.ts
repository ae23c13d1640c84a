// @all: server/tunnel has tests of its own
/**
 * The whole way phone → tunnel → server in browsers. The tunnels are stand-ins for the programs and
 * services of cloudflared and ngrok, which were never reached from here: see
 * `server/tunnel/testing/stand_in.ts`.
 *
 * Takes about 45 s on two busy cores.
 */
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import {
  type StandInOptions,
  standInService,
} from "../../server/tunnel/testing/stand_in_service.ts";
import { type BrowserOptions, openBrowser, PATIENCE_MS, type RigBrowser } from "../browser.ts";
import { openCalmViewer } from "../calm_viewer.ts";
import { clipFile, personClip } from "../fixtures.ts";
import { hidePaths } from "../hidden_paths.ts";
import { inLanes, TOGETHER } from "../lanes.ts";
import { joinWithPhone, scanQr, startCamera, waitForPhones, waitForState } from "../people.ts";
import { type RigServer, ROOT, startServer } from "../server.ts";
import { waitForBox, waitForVideo } from "../stage.ts";
import { until } from "../until.ts";

/** Where the stand-in of cloudflared leads first. */
const FIRST = "https://first-words.trycloudflare.com";

type Scene = Awaited<ReturnType<typeof openScene>>;

/** A server behind a tunnel, and browsers that know the way to its public names. */
async function openScene(
  options: StandInOptions & { readonly flags?: readonly string[]; readonly showsQr?: boolean },
) {
  await using stack = new AsyncDisposableStack();
  const clip = stack.use(await clipFile(await personClip()));
  const service = stack.use(await standInService(options));
  const server = stack.use(
    await startServer({
      env: service.env,
      flags: ["--tunnel", options.tool, ...options.flags ?? []],
      showsQr: options.showsQr ?? false,
    }),
  );
  await waitForOutput(server, /On the phone: /);
  const running = stack.use(new AsyncDisposableStack());
  const { hostRules } = service;
  const open = async (browser: BrowserOptions) => {
    const camera = browser.role === "phone" ? { clip: clip.path } : {};
    return running.use(await openBrowser({ hostRules, ...camera, ...browser }));
  };
  const viewer = running.use(await openCalmViewer(server, { hostRules }));
  await viewer.page.goto(server.httpUrl);
  const all = stack.move();
  return { server, open, viewer, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

async function waitForOutput(server: RigServer, words: RegExp): Promise<string> {
  const why = () => `no ${words} in: ${server.output()}`;
  const found = await until(() => words.exec(server.output()), why, { timeoutMs: PATIENCE_MS });
  return found[1] ?? found[0];
}

/** Ways in which a page has talked to the server, as its browser saw it. */
function watchTransports(page: Page): Set<string> {
  const seen = new Set<string>();
  page.on("websocket", (socket) => {
    socket.on("framereceived", () => seen.add("websocket"));
  });
  page.on("response", (response) => {
    if (response.url().endsWith("/api/link/stream") && response.ok()) seen.add("stream");
  });
  return seen;
}

async function waitForBoxes(page: Page): Promise<void> {
  await waitForVideo(page);
  await waitForBox(page);
}

/** A phone joins by the QR code, and its viewer sees boxes; all that it asks is the tunnel's name. */
async function joinThrough(scene: Scene, transport: "websocket" | "stream"): Promise<RigBrowser> {
  const { page } = scene.viewer;
  const url = await scanQr(page);
  assert.equal(new URL(url).origin, FIRST);
  await page.getByText("It can be on any network").waitFor();
  const phone = await scene.open({ role: "phone" });
  const transports = watchTransports(phone.page);
  await joinWithPhone(phone.page, url);
  await waitForPhones(page, 1);
  await waitForBoxes(page);
  assert.deepEqual([...transports], [transport]);
  assert.deepEqual([...phone.hosts], [new URL(FIRST).host]);
  assert.ok(await phone.page.evaluate(() => globalThis.crossOriginIsolated));
  assert.deepEqual(phone.errors, []);
  return phone;
}

const joinAndLeave = (transport: "websocket" | "stream") => async (scene: Scene) => {
  const phone = await joinThrough(scene, transport);
  await phone.page.getByRole("button", { name: "Stop", exact: true }).click();
  await waitForState(scene.viewer.page, /^Waiting for a phone$/);
  await phone[Symbol.asyncDispose]();
};

async function joinByTerminal(scene: Scene): Promise<void> {
  const { page } = scene.viewer;
  const door = await waitForOutput(scene.server, /(https:\/\/first-words\.\S+\/j#\S+)/);
  const phone = await scene.open({ role: "phone" });
  const asked: string[] = [];
  phone.page.on("request", (request) => asked.push(request.url()));
  await phone.page.goto(door);
  await startCamera(phone.page);
  await waitForPhones(page, 1);
  await waitForVideo(page);
  const code = new URL(door).hash.slice(1);
  assert.ok(!asked.map((url) => url.split("#")[0]!).some((url) => url.includes(code)));
}

async function viewThrough({ viewer: { page }, open }: Scene): Promise<void> {
  const link = await page.getByRole("link", { name: "View-only link" }).getAttribute("href");
  assert.ok(link?.startsWith(`${FIRST}/#room=`));
  const guest = await open({ role: "viewer" });
  await guest.page.goto(link!);
  await waitForVideo(guest.page);
  assert.ok(await guest.page.evaluate(() => globalThis.crossOriginIsolated));
  assert.deepEqual(guest.errors, []);
}

async function relayThrough({ viewer: { page }, open }: Scene): Promise<void> {
  const phone = await open({ role: "phone", initScript: [hidePaths] });
  await joinWithPhone(phone.page, await scanQr(page));
  // Asked once 8 s have passed without a path.
  await page.getByRole("button", { name: "Show it through the server" }).click();
  await waitForState(page, /^1 phone connected through the server/);
  await waitForBoxes(page);
  await phone.page.getByText("Live through the server").waitFor();
  assert.deepEqual([...phone.hosts], [new URL(FIRST).host]);
  assert.deepEqual(phone.errors, []);
}

async function comeBackElsewhere({ server, viewer: { page }, open }: Scene): Promise<void> {
  const first = await scanQr(page);
  assert.match(first, /^https:\/\/first-words\.ngrok-free\.app\//);
  const pid = await waitForOutput(server, /"event":"tunnel started".*"pid":(\d+)/);
  Deno.kill(Number(pid), "SIGKILL");
  await waitForOutput(server, /another address now: {2}https:\/\/second-words\./);
  const link = page.getByTestId("join-link").filter({ hasText: "second-words.ngrok-free.app" });
  await link.waitFor();
  const second = await scanQr(page);
  assert.equal(new URL(second).pathname, new URL(first).pathname, "the same room");
  const phone = await open({ role: "phone" });
  await joinWithPhone(phone.page, second);
  await waitForPhones(page, 1);
  await waitForBoxes(page);
}

async function askPassword({ viewer: { page }, open }: Scene): Promise<void> {
  const link = await page.getByRole("link", { name: "View-only link" }).getAttribute("href");
  const guest = await open({ role: "viewer" });
  // On a slow way, and with somebody who types faster.
  await guest.page.route("**/sign-in.js", async (route) => {
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    await route.continue();
  });
  await guest.page.goto(link!, { waitUntil: "commit" });
  const field = guest.page.getByLabel("Password");
  await field.fill("a wrong guess");
  await guest.page.getByRole("button", { name: "Sign in" }).click();
  await guest.page.getByText("That is not the password").waitFor();
  await field.fill("correct horse");
  await field.press("Enter");
  // The key of the room behind # has come along, through the wrong guess too.
  await waitForVideo(guest.page);
  assert.equal(new URL(guest.page.url()).hash, new URL(link!).hash);
  const cookies = await guest.context.cookies();
  assert.deepEqual(
    cookies.map(({ name, httpOnly, secure, sameSite }) => [name, httpOnly, secure, sameSite]),
    [["peerlens_session", true, true, "Lax"], ["peerlens_device", true, true, "Lax"]],
  );
  await guest.page.getByRole("button", { name: "Sign out" }).click();
  await field.waitFor();
  // Known, and not signed in.
  const left = (await guest.context.cookies()).map(({ name }) => name);
  assert.deepEqual(left, ["peerlens_device"]);
  assert.deepEqual(guest.errors, []);
}

/** Does things one after the other behind a tunnel of their own. */
async function behind(
  options: Parameters<typeof openScene>[0],
  acts: readonly ((scene: Scene) => Promise<unknown>)[],
): Promise<void> {
  await using scene = await openScene(options);
  for (const act of acts) await act(scene);
}

Deno.test("through a tunnel", TOGETHER, async (t) => {
  const cloudflared = { tool: "cloudflared" } as const;
  const ngrok = { tool: "ngrok", flags: ["--password", "correct horse"] } as const;
  await inLanes(
    t,
    [[
      "a phone joins over a websocket, another by the terminal's code; somebody only watches",
      () =>
        behind({ ...cloudflared, showsQr: true }, [
          joinAndLeave("websocket"),
          joinByTerminal,
          viewThrough,
        ]),
    ]],
    [
      [
        "where no WebSocket passes: over a stream, and without any other path",
        () =>
          behind({ ...cloudflared, blocksUpgrades: true }, [joinAndLeave("stream"), relayThrough]),
      ],
      [
        "that dies: it comes back under another name, and asks viewers for the password",
        () => behind(ngrok, [comeBackElsewhere, askPassword]),
      ],
    ],
  );
});

Deno.test("start.sh says that a tunnel's program is missing before it builds anything", async () => {
  const { code, stdout, stderr } = await new Deno.Command(`${ROOT}/start.sh`, {
    args: ["--tunnel", "localtunnel", "--port", "0", "--https-port", "0"],
    env: { PEERLENS_DATA_DIR: "/nowhere" },
    stdin: "null",
  }).output();
  assert.equal(code, 1);
  assert.match(new TextDecoder().decode(stderr), /lt was not found on PATH: install it \(npm /);
  assert.ok(!new TextDecoder().decode(stdout).includes("Client"));
});

Deno.test({
  name: "a tunnel's program does not outlive a server that is killed",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using service = await standInService({ tool: "cloudflared" });
    const dataDir = await Deno.makeTempDir();
    const flags = ["--host", "127.0.0.1", "--port", "0", "--https-port", "0", "--no-qr"];
    const child = new Deno.Command(`${ROOT}/start.sh`, {
      args: [...flags, "--tunnel", "cloudflared"],
      env: { ...service.env, PEERLENS_DATA_DIR: dataDir },
      stdin: "null",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    let out = "";
    for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
      out += text;
      if (/On the phone: /.test(out)) break;
    }
    const note = JSON.parse(await Deno.readTextFile(`${dataDir}/tunnel.json`));
    Deno.kill(note.serverPid, "SIGKILL");
    const { code } = await child.status;
    assert.notEqual(code, 0);
    // What nobody has waited for yet is listed as defunct, but runs no more.
    const ps = new Deno.Command("ps", { args: ["-p", String(note.pid), "-o", "args="] });
    const left = new TextDecoder().decode((await ps.output()).stdout).trim();
    assert.match(left, /^$|<defunct>$/);
    await Deno.remove(dataDir, { recursive: true });
  },
});
