import assert from "node:assert/strict";
import fc from "fast-check";
import { type Owner, Scheduler, type Waiting } from "./scheduler.ts";

const ANNA: Owner = { address: "anna", room: "r" };
const frame = (name: string, expiresAtMs = 500) => ({ name, expiresAtMs, isPicture: false });
type Frame = ReturnType<typeof frame>;

function scheduler(...streams: string[]): Scheduler<string, Frame> {
  const made = new Scheduler<string, Frame>();
  for (const stream of streams) {
    made.open(stream, ANNA);
    made.release(stream);
  }
  return made;
}

Deno.test("Scheduler keeps the newest frame of each stream", () => {
  const queue = scheduler("a");
  assert.equal(queue.offer("a", frame("1")), null);
  assert.equal(queue.offer("a", frame("2"))?.name, "1");
  assert.equal(queue.take()?.frame.name, "2");
  assert.equal(queue.take(), null);
});

Deno.test("Scheduler passes a held stream over until it is released", () => {
  const queue = new Scheduler<string, Frame>();
  queue.open("a", ANNA);
  queue.offer("a", frame("1"));
  assert.equal(queue.take(), null);
  queue.release("a");
  assert.equal(queue.take()?.frame.name, "1");
  queue.offer("a", frame("2"));
  assert.equal(queue.take(), null);
  queue.release("a");
  assert.equal(queue.take()?.frame.name, "2");
});

Deno.test("Scheduler.expire() gives up frames at their time", () => {
  const queue = scheduler("a", "b");
  queue.offer("a", frame("1", 100));
  queue.offer("b", frame("2", 101));
  assert.deepEqual(queue.expire(99), []);
  assert.deepEqual(queue.expire(100).map(({ stream }) => stream), ["a"]);
  assert.equal(queue.waiting, 1);
});

Deno.test("Scheduler lets a closed stream go, with its frame", () => {
  const queue = scheduler("a");
  queue.offer("a", frame("1"));
  assert.equal(queue.close("a")?.name, "1");
  queue.release("a");
  assert.equal(queue.take(), null);
  assert.throws(() => queue.offer("a", frame("2")), RangeError);
});

Deno.test("Scheduler serves busy streams in turn, however much one of them sends", () => {
  fc.assert(fc.property(
    fc.integer({ min: 2, max: 9 }),
    fc.integer({ min: 1, max: 4 }),
    fc.infiniteStream(fc.nat(8)),
    (streams, lanes, greed) => {
      const names = Array.from({ length: streams }, (_, index) => `${index}`);
      const queue = scheduler(...names);
      const served = new Map(names.map((name) => [name, 0]));
      const working: string[] = [];
      for (let round = 0; round < 200; round++) {
        // Every stream always has a frame; some send many.
        for (const name of names) {
          for (let more = greed.next().value; more >= 0; more--) queue.offer(name, frame(name));
        }
        assert.ok(queue.waiting <= streams);
        while (working.length < lanes) {
          const next = queue.take();
          if (next === null) break;
          assert.equal(next.frame.name, next.stream);
          assert.ok(!working.includes(next.stream));
          working.push(next.stream);
          served.set(next.stream, served.get(next.stream)! + 1);
        }
        queue.release(working.shift()!);
      }
      const counts = [...served.values()];
      assert.ok(Math.max(...counts) - Math.min(...counts) <= 1, `${counts}`);
    },
  ));
});

/** One lane for a while; everybody always has a frame. @returns Lane time of each owner's address. */
function share(owners: readonly (Owner & { readonly costMs: number })[], forMs: number) {
  const queue = new Scheduler<string, Frame>();
  const open = (index: number, again = 0) => {
    const name = `${index}.${again}`;
    queue.open(name, owners[index]!);
    queue.release(name);
    queue.offer(name, frame(name, Infinity));
  };
  owners.forEach((_, index) => open(index));
  const spentMs = new Map<string, number>();
  for (let nowMs = 0; nowMs < forMs;) {
    const { stream, spend } = queue.take()!;
    const [index, again] = stream.split(".").map(Number) as [number, number];
    const { address, room, costMs } = owners[index]!;
    // Whoever sends from "hasty" closes each stream while its frame is in work, and opens another.
    if (address === "hasty") queue.close(stream);
    nowMs += costMs;
    for (const name of [address, `${address} ${room}`]) {
      spentMs.set(name, (spentMs.get(name) ?? 0) + costMs);
    }
    spend(costMs);
    if (address === "hasty") open(index, again + 1);
    else {
      queue.offer(stream, frame(stream, Infinity));
      queue.release(stream);
    }
  }
  return spentMs;
}

Deno.test("Scheduler gives addresses the same lane time, then their rooms, whatever a frame costs", () => {
  const greedy = Array.from({ length: 16 }, (_, index) => ({
    address: "greedy",
    room: `${index % 3}`,
    costMs: 400,
  }));
  const honest = { address: "honest", room: "h", costMs: 10 };
  const other = { address: "other", room: "o", costMs: 30 };
  const spentMs = share([...greedy, honest, other], 60_000);
  for (const address of ["greedy", "honest", "other"]) {
    assert.ok(Math.abs(spentMs.get(address)! - 20_000) <= 800, `${address}: ${[...spentMs]}`);
  }
  const rooms = ["0", "1", "2"].map((room) => spentMs.get(`greedy ${room}`)!);
  assert.ok(Math.max(...rooms) - Math.min(...rooms) <= 800, `${rooms}`);
});

Deno.test("Scheduler gives nobody more who closes a stream and opens another", () => {
  const hasty = { address: "hasty", room: "h", costMs: 400 };
  const spentMs = share([hasty, { address: "honest", room: "r", costMs: 10 }], 20_000);
  assert.ok(Math.abs(spentMs.get("honest")! - 10_000) <= 800, `${[...spentMs]}`);
});

Deno.test("Scheduler saves up no time for those who were away, and takes none from newcomers", () => {
  const queue = scheduler("a");
  queue.open("b", { address: "ben", room: "b" });
  queue.release("b");
  const serve = (names: readonly string[], costMs: number) => {
    for (const name of names) queue.offer(name, frame(name, Infinity));
    const { stream, spend } = queue.take()!;
    spend(costMs);
    queue.release(stream);
    return stream;
  };
  for (let at = 0; at < 50; at++) assert.equal(serve(["a"], 100), "a");
  const order = Array.from({ length: 8 }, () => serve(["a", "b"], 100)).join("");
  assert.match(order, /^(ab|ba){3,4}/);
});

Deno.test("Scheduler loses count of no frame", () => {
  const step = fc.record({
    kind: fc.constantFrom("offer", "take", "release", "expire", "close", "open"),
    stream: fc.constantFrom("a", "b", "c"),
  });
  fc.assert(fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
    const queue = new Scheduler<string, Waiting>();
    const open = new Set<string>();
    let offered = 0;
    let gone = 0;
    steps.forEach(({ kind, stream }, nowMs) => {
      if (kind === "open" && !open.has(stream)) {
        open.add(stream);
        queue.open(stream, ANNA);
      } else if (kind === "close") {
        open.delete(stream);
        gone += queue.close(stream) === null ? 0 : 1;
      } else if (kind === "offer" && open.has(stream)) {
        offered += 1;
        gone += queue.offer(stream, { expiresAtMs: nowMs + 10, isPicture: false }) === null ? 0 : 1;
      } else if (kind === "release") queue.release(stream);
      else if (kind === "take") gone += queue.take() === null ? 0 : 1;
      else if (kind === "expire") gone += queue.expire(nowMs).length;
      assert.equal(queue.waiting, offered - gone);
      assert.ok(queue.waiting <= open.size);
    });
  }));
});
