// Takes about 20 s: what is lost is noticed by its silence.
import assert from "node:assert/strict";
import { joinOf, newRoom, PageClient } from "../link/testing/link_clients.ts";
import { hasNats, startNats, startNatsCluster } from "../../bench/nats_server.ts";
import { MemoryNet } from "./testing/memory_bus.ts";
import { codeOf, endOf, joinUntil, met } from "./testing/node_pages.ts";
import { until } from "../testing/until.ts";
import { type RigNode, startCuttableNats, startNatsNode, startNode } from "./testing/node_rig.ts";

const ignore = !await hasNats();

/** Two nodes, and a hand on what is between them. */
interface Scene {
  readonly a: RigNode;
  readonly b: RigNode;
}

async function apartAndBack(
  { a, b }: Scene,
  { part, join }: { part(): void | Promise<void>; join(): void | Promise<void> },
): Promise<void> {
  await met(a, b);
  const [here, across] = [newRoom(), newRoom()];
  // One room has all its pages on one node, the other has its phone elsewhere.
  const host = await PageClient.join(a.origin, joinOf(here, "owner"));
  const guest = await PageClient.join(a.origin, joinOf(here, "phone"));
  const owner = await PageClient.join(a.origin, joinOf(across, "owner"));
  const phone = joinOf(across, "phone");
  const far = await joinUntil(b, phone);
  await owner.next("peer-joined");
  await part();
  assert.equal(await endOf(far.control), "server-closing");
  assert.equal((await owner.next("peer-left")).reason, "lost");
  // The room whose pages are all here notices nothing.
  const { id: to, instance: toInstance } = host.self;
  await guest.say({ type: "offer", sdp: "v=0\r\n", to, toInstance });
  assert.equal((await host.next("offer")).from, guest.self.id);
  await using _another = await PageClient.join(a.origin, joinOf(here, "phone"));
  await join();
  // Nobody restarted anything.
  await using _back = await joinUntil(b, phone);
  assert.equal((await owner.next("peer-joined")).peer.id, far.self.id);
  assert.deepEqual([a.deps.hub.counts().rooms, b.deps.hub.counts().rooms], [2, 0]);
  for (const page of [host, guest, owner]) await page.control.drop();
}

Deno.test("without the bus, rooms of one node go on, others say so, and all is well when it is back (no NATS)", async () => {
  const net = new MemoryNet();
  await using a = startNode(net.connect());
  const bus = net.connect();
  await using b = startNode(bus);
  await apartAndBack({ a, b }, {
    part: () => bus.setAway(true),
    async join() {
      assert.equal(await codeOf(b, joinOf(newRoom(), "phone")), "out-of-reach");
      // An owner who comes there gets its room all the same.
      await using _owner = await PageClient.join(b.origin, joinOf(newRoom(), "owner"));
      bus.setAway(false);
      await until(() => b.deps.hub.counts().rooms === 1);
      await b.deps.hub.endRoom([...b.deps.hub.rooms()][0]!.roomId);
    },
  });
});

Deno.test({
  name: "without NATS, rooms of one node go on, others say so, and all is well when it is back",
  ignore,
  fn: async () => {
    await using nats = await startNats();
    await using a = await startNatsNode(nats.url);
    await using b = await startNatsNode(nats.url);
    await apartAndBack({ a, b }, {
      part: () => nats.signal("SIGKILL"),
      async join() {
        await until(() => b.bus.state.kind === "away");
        assert.equal(await codeOf(b, joinOf(newRoom(), "phone")), "out-of-reach");
        await nats.start();
      },
    });
  },
});

Deno.test({
  name: "NATS that hangs is as one that is gone",
  ignore,
  fn: async () => {
    await using nats = await startNats();
    await using a = await startNatsNode(nats.url);
    await using b = await startNatsNode(nats.url);
    await apartAndBack({ a, b }, {
      part: () => nats.signal("SIGSTOP"),
      join: () => nats.signal("SIGCONT"),
    });
  },
});

Deno.test({
  name: "of a cluster of NATS servers one may go: nodes find the others by themselves",
  ignore,
  fn: async () => {
    const servers = await startNatsCluster(3);
    await using stack = new AsyncDisposableStack();
    for (const server of servers) stack.use(server);
    const all = servers.map(({ url }) => url).join();
    const a = stack.use(await startNatsNode(all));
    const b = stack.use(await startNatsNode(all));
    await met(a, b);
    const room = newRoom();
    await using owner = await PageClient.join(a.origin, joinOf(room, "owner"));
    const { state } = a.bus as { state: { kind: string; server?: string } };
    const its = servers.find(({ port }) => state.server?.endsWith(`:${port}`))!;
    await its.signal("SIGKILL");
    const again = () => (a.bus.state as { server?: string }).server;
    await until(() => again() !== undefined && again() !== state.server);
    await using phone = await joinUntil(b, joinOf(room, "phone"));
    assert.equal((await owner.next("peer-joined")).peer.id, phone.self.id);
    assert.equal(a.deps.hub.counts().rooms, 1);
  },
});

/** The owner's page goes over to the other side of a cut, and makes its room there as well. */
async function twoHomes(
  { a, b }: Scene,
  { cut, heal }: { cut(): void; heal(): void },
): Promise<void> {
  await met(a, b);
  const room = newRoom();
  const [ownerJoin, phoneJoin] = [joinOf(room, "owner"), joinOf(room, "phone")];
  const owner = await PageClient.join(a.origin, ownerJoin);
  const phone = await PageClient.join(a.origin, phoneJoin);
  const rooms = () => [a, b].map(({ deps }) => deps.hub.counts().rooms);
  cut();
  await owner.control.drop();
  const moved = await joinUntil(b, ownerJoin);
  // Before it is noticed, there are two; the one without its owner ends, and tells its phone.
  assert.equal(await endOf(phone.control), "server-closing");
  assert.deepEqual(rooms(), [0, 1]);
  assert.equal(await codeOf(a, phoneJoin), "unknown-room");
  heal();
  await using again = await joinUntil(a, phoneJoin);
  assert.equal((await moved.next("peer-joined")).peer.id, again.self.id);
  assert.deepEqual(rooms(), [0, 1]);
  await moved.control.drop();
}

/** Somebody opens the room on both sides of a cut: when it is over, one of them goes on. */
async function twoOwners(
  { a, b }: Scene,
  { cut, heal }: { cut(): void; heal(): void },
): Promise<void> {
  await met(a, b);
  const room = newRoom();
  cut();
  const [first, second] = [joinOf(room, "owner"), joinOf(room, "owner")];
  const one = await PageClient.join(a.origin, first);
  await new Promise((resolve) => setTimeout(resolve, 5));
  const two = await joinUntil(b, second);
  await until(() => a.nodes.health.others === 0 && b.nodes.health.others === 0);
  const rooms = () => [a, b].map(({ deps }) => deps.hub.counts().rooms);
  assert.deepEqual(rooms(), [1, 1]);
  heal();
  assert.equal(await endOf(one.control), "server-closing");
  assert.deepEqual(rooms(), [0, 1]);
  // Its page comes back, is led to the other home, and takes the room over there as over one server.
  await using back = await joinUntil(a, first);
  assert.equal(await endOf(two.control), "replaced");
  assert.deepEqual(rooms(), [0, 1]);
  assert.equal(back.self.id, one.self.id);
}

for (const [name, run] of Object.entries({ twoHomes, twoOwners })) {
  const title = name === "twoHomes"
    ? "a room whose owner went to the other side of a cut ends on this one, and is found again after"
    : "a room with an owner on each side of a cut has one home after";
  Deno.test(`${title} (no NATS)`, async () => {
    const net = new MemoryNet();
    const buses = [net.connect(), net.connect()] as const;
    await using a = startNode(buses[0]);
    await using b = startNode(buses[1]);
    await run({ a, b }, { cut: () => net.cut(...buses), heal: () => net.cut(...buses, false) });
  });
  Deno.test({
    name: title,
    ignore,
    fn: async () => {
      await using nats = await startCuttableNats();
      await using a = await startNatsNode(nats.urls[0]);
      await using b = await startNatsNode(nats.urls[1]);
      await run({ a, b }, nats);
    },
  });
}
