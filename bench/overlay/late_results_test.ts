import { setTimeout as pause } from "node:timers/promises";
import assert from "node:assert/strict";
import { heldResultsScript } from "./late_results.ts";

/** A presenter that serves every wish at once, and says what it gets. */
const PRODUCT = `
  let sent = 0;
  const say = (kind) => self.postMessage({ kind, atMs: performance.timeOrigin + performance.now() });
  const give = (port) => port.postMessage({ kind: "frame", key: { clock: "rtp", value: ++sent }, frame: {} });
  self.onmessage = ({ data }) => {
    say(data.kind);
    if (data.kind !== "lend") return;
    data.port.onmessage = ({ data: { kind } }) => {
      say(kind);
      if (kind === "want") give(data.port);
    };
  };
`;

interface Said {
  readonly kind: string;
  readonly atMs: number;
}

/** A Worker with the script before a product, and one end of a port that it was lent. */
function startHeld(schedule: { everyMs: number; lateMs: number }) {
  const set = `peerlensHeld.schedule = ${JSON.stringify(schedule)};`;
  const tell = `self.addEventListener("message", ({ data }) =>
    data.kind === "tell" && self.postMessage({ kind: "held", results: peerlensHeld.results }));`;
  const text = `${heldResultsScript().content}\n${set}\n${tell}\n${PRODUCT}`;
  const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  const worker = new Worker(url, { type: "module" });
  const said: Said[] = [];
  const { promise: held, resolve } = Promise.withResolvers<
    { givenMs: number; shownMs: number; found: unknown[] }[]
  >();
  worker.onmessage = ({ data }) => data.kind === "held" ? resolve(data.results) : said.push(data);
  const { port1, port2 } = new MessageChannel();
  worker.postMessage({ kind: "lend", port: port2 }, [port2]);
  return {
    ...{ worker, port: port1, said },
    held() {
      worker.postMessage({ kind: "tell" });
      return held;
    },
    [Symbol.dispose]() {
      port1.close();
      worker.terminate();
      URL.revokeObjectURL(url);
    },
  };
}

const RESULT = {
  ...{ detections: [{ box: { xmin: 0, ymin: 0, xmax: 1, ymax: 1 }, score: 1, trackId: 7 }] },
  ...{ weak: [], trackEpoch: 3 },
};

Deno.test("heldResultsScript() hands out frames at its pace, and lets results through late", async () => {
  using scene = startHeld({ everyMs: 100, lateMs: 150 });
  const { port, said, worker } = scene;
  const keys: unknown[] = [];
  port.onmessage = ({ data }) => {
    keys.push(data.key);
    const message = { kind: "result", result: { ...RESULT, key: data.key } };
    // By the port as in the browser, or by the page as from the server.
    if (keys.length % 2 === 0) worker.postMessage(message);
    else port.postMessage(message);
    port.postMessage({ kind: "want" });
  };
  port.postMessage({ kind: "want" });
  await pause(1_000);
  const timesOf = (kind: string) => said.flatMap((one) => one.kind === kind ? one.atMs : []);
  const wants = timesOf("want");
  const results = timesOf("result");
  assert.ok(wants.length >= 5 && wants.length <= 11, `${wants.length}`);
  assert.ok(results.length >= 4 && results.length < wants.length, `${results.length}`);
  for (const [at, atMs] of results.entries()) assert.ok(atMs - wants[at]! >= 140);
  const held = await scene.held();
  assert.ok(held.length >= results.length);
  for (const { givenMs, shownMs } of held) assert.equal(Math.round(shownMs - givenMs), 150);
  assert.deepEqual(held[0]!.found, [{ box: RESULT.detections[0]!.box, track: "3 7" }]);
});

Deno.test("heldResultsScript() holds nothing back without a schedule", async () => {
  using scene = startHeld({ everyMs: 0, lateMs: 0 });
  const { port, said } = scene;
  port.onmessage = ({ data: { key } }) =>
    port.postMessage({ kind: "result", result: { ...RESULT, key } });
  for (let count = 0; count < 3; count++) port.postMessage({ kind: "want" });
  await pause(300);
  const kinds = said.map(({ kind }) => kind);
  assert.deepEqual(kinds.toSorted(), [
    "lend",
    ...Array(3).fill("result"),
    ...Array(3).fill("want"),
  ]);
});
