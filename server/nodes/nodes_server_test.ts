import assert from "node:assert/strict";
import { joinOf, newRoom, PageClient } from "../link/testing/link_clients.ts";
import { hasNats, startNats } from "../../bench/nats_server.ts";
import { ServerProcess } from "../testing/server_process.ts";
import { codeOf, endOf, finds, joinUntil } from "./testing/node_pages.ts";
import { until } from "../testing/until.ts";

const ignore = !await hasNats();
const TOKEN = "a-token-of-the-test";
const PASSWORD = "correct horse";

interface Node extends AsyncDisposable {
  readonly process: ServerProcess;
  readonly origin: string;
  // deno-lint-ignore no-explicit-any -- fields are what the document has
  health(): Promise<any>;
}

/** The real server as a process with its own permissions, as one of several. */
async function startServer(
  nats: string,
  args: readonly string[] = [],
  secret = "a-secret-of-all-nodes",
): Promise<Node> {
  const env = { PEERLENS_NATS_TOKEN: TOKEN, PEERLENS_CLUSTER_SECRET: secret };
  const process = new ServerProcess(["--nats", nats, ...args], { env });
  const origin = await process.origin();
  return {
    process,
    origin,
    health: async () => await (await fetch(`${origin}/healthz`)).json(),
    [Symbol.asyncDispose]: () => process[Symbol.asyncDispose](),
  };
}

/** Two servers on one NATS server. */
async function withServers(
  run: (a: Node, b: Node) => Promise<void>,
  args: readonly string[] = [],
): Promise<void> {
  await using nats = await startNats({ lines: [`authorization { token: "${TOKEN}" }`] });
  await using a = await startServer(nats.url, args);
  await using b = await startServer(nats.url, args);
  await run(a, b);
  for (const { process } of [a, b]) assert.ok(!process.log.join("\n").includes(TOKEN));
}

function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, ignore, fn });
}

for (const signal of ["SIGKILL", "SIGSTOP", "SIGTERM"] as const) {
  test(`a room outlives ${signal} of its home: its owner's page makes it on another`, () =>
    withServers(async (a, b) => {
      const others = async (node: Node) => (await node.health()).nodes.others;
      await until(async () => await others(a) === 1 && await others(b) === 1);
      const room = newRoom();
      const maker = await PageClient.join(a.origin, joinOf(room, "owner"));
      await finds(b, room);
      const joins = { owner: joinOf(room, "owner"), phone: joinOf(room, "phone") };
      const owner = await joinUntil(b, joins.owner);
      assert.equal(await endOf(maker.control), "replaced");
      const phone = await joinUntil(b, joins.phone);
      assert.equal((await b.health()).nodes.pagesElsewhere.links, 2);
      Deno.kill(a.process.pid, signal);
      const ends = await Promise.all([owner.control, phone.control].map(endOf));
      assert.deepEqual(ends, ["server-closing", "server-closing"]);
      await using again = await joinUntil(b, joins.owner);
      await using _phone = await joinUntil(b, joins.phone);
      assert.equal((await again.next("peer-joined")).peer.id, phone.self.id);
      assert.equal((await b.health()).nodes.pagesElsewhere.links, 0);
      if (signal !== "SIGSTOP") return;
      // It slept, and does not know it: its room is over, and pages are led to the other.
      Deno.kill(a.process.pid, "SIGCONT");
      await until(async () => (await a.health()).nodes.roomsDropped === 1);
      await using _viewer = await joinUntil(a, joinOf(room, "viewer"));
      assert.equal((await a.health()).nodes.pagesElsewhere.links, 1);
    }));
}

test("who signed in on one node is signed in on all, until they sign out on one", () =>
  withServers(async (a, b) => {
    // As over a proxy, so that nobody is at this computer.
    const asked = { "X-Forwarded-For": "203.0.113.1", "X-Forwarded-Proto": "https" };
    const page = (node: Node, cookie: string) =>
      fetch(node.origin, { headers: { ...asked, cookie } }).then(async (answer) => {
        await answer.body?.cancel();
        return answer.status;
      });
    const origin = { ...asked, Origin: a.origin };
    const body = new URLSearchParams({ password: PASSWORD });
    const signIn = await fetch(`${a.origin}/sign-in`, {
      method: "POST",
      body,
      headers: origin,
      redirect: "manual",
    });
    await signIn.body?.cancel();
    const cookie = signIn.headers.getSetCookie().find((text) => text.includes("session"))!
      .split(";")[0]!;
    assert.equal(await page(b, ""), 401);
    assert.notEqual(await page(b, cookie), 401);
    const signOut = await fetch(`${a.origin}/sign-out`, {
      method: "POST",
      headers: { ...origin, cookie },
      redirect: "manual",
    });
    await signOut.body?.cancel();
    await until(async () => await page(b, cookie) === 401);
  }, ["--password", PASSWORD, "--trusted-proxy", "127.0.0.1"]));

test("nodes of another secret do not find each other's rooms", async () => {
  await using nats = await startNats({ lines: [`authorization { token: "${TOKEN}" }`] });
  await using a = await startServer(nats.url);
  await using other = await startServer(nats.url, [], "another-secret-here");
  const room = newRoom();
  await using _owner = await PageClient.join(a.origin, joinOf(room, "owner"));
  assert.equal(await codeOf(other, joinOf(room, "phone")), "unknown-room");
});
