import assert from "node:assert/strict";
import fc from "fast-check";
import { Scheduler, type Waiting } from "./scheduler.ts";

const frame = (name: string, expiresAtMs = 500) => ({ name, expiresAtMs });
type Frame = ReturnType<typeof frame>;

function scheduler(...streams: string[]): Scheduler<string, Frame> {
  const made = new Scheduler<string, Frame>();
  for (const stream of streams) {
    made.open(stream);
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
  queue.open("a");
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
        queue.open(stream);
      } else if (kind === "close") {
        open.delete(stream);
        gone += queue.close(stream) === null ? 0 : 1;
      } else if (kind === "offer" && open.has(stream)) {
        offered += 1;
        gone += queue.offer(stream, { expiresAtMs: nowMs + 10 }) === null ? 0 : 1;
      } else if (kind === "release") queue.release(stream);
      else if (kind === "take") gone += queue.take() === null ? 0 : 1;
      else if (kind === "expire") gone += queue.expire(nowMs).length;
      assert.equal(queue.waiting, offered - gone);
      assert.ok(queue.waiting <= open.size);
    });
  }));
});
