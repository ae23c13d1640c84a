// @all: several servers
// Takes about 45 s: each test starts processes.
import assert from "node:assert/strict";
import type { FrameResultMessage } from "@/protocol";
import { gradient, type Picture } from "../inference/testing/test_child.ts";
import {
  MODEL,
  nextWatched,
  openStreamingPage,
  PICTURE,
  resultOf,
  untracked,
} from "../streams/testing/pages.ts";
import { RtcPage } from "../streams/testing/rtc_page_process.ts";
import { freePort } from "../../bench/free_port.ts";
import { hasNats } from "../../bench/nats_server.ts";
import { until } from "../testing/until.ts";
import { Cluster, inferenceOf, untilReady } from "./testing/cluster.ts";

/** The real server and real workers, NATS between them, and pages that talk to the server. */

const ignore = !await hasNats();

/** A model that is not in the repository. */
const OTHER_MODEL = "yolox-nano";
const OTHER_MODELS = (Deno.env.get("PEERLENS_MODELS") ?? "").split(":").find((folder) => {
  try {
    return Deno.statSync(`${folder}/yolox-nano-416.onnx`).isFile;
  } catch {
    return false;
  }
}) ?? null;

Deno.test({
  name: "a worker finds the same in a picture by every way in, of a server that runs no model",
  ignore,
  fn: async () => {
    await using cluster = await Cluster.start();
    await cluster.worker();
    const { server, origin } = await cluster.server(["--inference", "remote"]);
    await untilReady(origin);
    const jpeg = await Deno.readFile(PICTURE);
    const picture: Picture = { jpeg, widthPx: 600, heightPx: 400 };
    await using page = await openStreamingPage(origin, { modelId: MODEL });
    const single = resultOf(await (await page.detect(jpeg)).text());
    const labels = new Set(single.detections.map(({ label }) => label));
    assert.ok(labels.has("cup") && labels.has("dining table"), [...labels].join());

    const watched = await fetch(`${origin}/api/rooms/${page.room.roomId}/detections`, {
      headers: { Authorization: `Bearer ${page.room.tokens.owner}` },
    });
    const frames = await page.openFrames();
    await frames.send('{"type":"clock-ping","nonce":1}');
    assert.equal(JSON.parse(await frames.next()).type, "clock-pong");
    await frames.sendFrame(1, picture);
    const overLink = resultOf(await frames.next());
    assert.deepEqual(untracked(overLink), single.detections);

    // Straight to the worker, whose address this computer's is as well.
    {
      await using rtc = new RtcPage(origin, MODEL, [PICTURE, "600", "400"]);
      assert.deepEqual(untracked(resultOf(await rtc.line())), single.detections);
      const { members } = await inferenceOf(origin);
      assert.deepEqual(members.map(({ streams }: { streams: number }) => streams), [2]);
    }

    assert.deepEqual((await nextWatched(watched)).detections, overLink.detections);

    // No process of its own was ever started.
    assert.ok(!server.log.some((line) => line.includes('"inference started"')));
    const { code, log } = await server.stop("SIGTERM");
    assert.equal(code, 0, log);
    for (const secret of [page.room.roomId, ...Object.values(page.room.tokens)]) {
      assert.ok(!(log + cluster.nats.log()).includes(secret));
    }
  },
});

/** A page with a stream that has had its first result. */
async function openStream(origin: string) {
  const page = await openStreamingPage(origin, { modelId: MODEL });
  let topic = page.topic;
  let frameId = 0;
  const scene = {
    page,
    /** Has one frame examined over the page's link. */
    async examine(): Promise<FrameResultMessage> {
      frameId += 1;
      const frames = await page.openFrames(topic);
      await frames.sendFrame(frameId, gradient(320, 240));
      return resultOf(await frames.next());
    },
    /** As a page does when its stream is ended: opens it again. */
    async reopen(): Promise<void> {
      topic = await page.reopen();
    },
    /** Waits for the end of its stream, as a page sees it where its process is lost. */
    async restarted(): Promise<void> {
      assert.deepEqual(await page.next(), { kind: "ended", cause: "restarting" });
    },
    [Symbol.asyncDispose]: () => page[Symbol.asyncDispose](),
  };
  await scene.examine();
  return scene;
}

/** How many streams of the server are on each member, by the member's id. */
async function streamsOf(origin: string): Promise<Map<string, number>> {
  const { members } = await inferenceOf(origin);
  return new Map(members.map(({ id, streams }: { id: string; streams: number }) => [id, streams]));
}

for (const signal of ["SIGKILL", "SIGSTOP"] as const) {
  Deno.test({
    name: `streams of a worker go on at another one after ${signal}`,
    ignore: ignore || Deno.build.os === "windows",
    fn: async () => {
      await using cluster = await Cluster.start();
      const one = await cluster.worker();
      const { id } = await one.event("worker started");
      const { origin } = await cluster.server(["--inference", "remote"]);
      await untilReady(origin);
      await using stream = await openStream(origin);
      await using rtc = new RtcPage(origin, MODEL);
      await rtc.line();
      await cluster.worker();
      await untilReady(origin, 2);
      assert.equal((await streamsOf(origin)).get(id), 2, one.log.slice(-6).join("\n"));

      Deno.kill(one.pid, signal);
      await stream.restarted();
      await stream.reopen();
      await stream.examine();
      await rtc.line((line) => line === "ended restarting");
      // A worker that stands still has a process that does not: its last results may come after that.
      await rtc.line((line) => line.includes('"frame_id":"1"'));
      const streams = await streamsOf(origin);
      assert.deepEqual([streams.has(id), [...streams.values()]], [false, [2]]);
      // On a busy machine one may have been taken from it a moment before, for its age.
      const { moves } = await inferenceOf(origin);
      assert.ok(moves.lost >= 1 && moves.lost + moves.behind >= 2, JSON.stringify(moves));
    },
  });
}

Deno.test({
  name: "a worker that is told to end hands its streams over, takes no others, and says so",
  ignore,
  fn: async () => {
    await using cluster = await Cluster.start();
    const one = await cluster.worker([], { PEERLENS_WORKER_PORT: String(freePort()) });
    const { port } = await one.event("health is told");
    const ask = async (path: string) => {
      const response = await fetch(`http://127.0.0.1:${port}${path}`);
      return [response.status, await response.text()] as const;
    };
    // Its process says so itself a moment before.
    await until(async () => (await ask("/readyz"))[0] === 200);
    assert.deepEqual((await ask("/else"))[0], 404);
    const { id } = await one.event("worker started");
    const { origin } = await cluster.server(["--inference", "remote"]);
    await untilReady(origin);
    await using first = await openStream(origin);
    await using second = await openStream(origin);
    await cluster.worker();
    await untilReady(origin, 2);
    assert.equal((await streamsOf(origin)).get(id), 2);

    const ended = one.stop("SIGTERM");
    for (const stream of [first, second]) {
      await stream.restarted();
      if (stream === first) {
        const [status, text] = await ask("/readyz");
        assert.equal(status, 503, text);
        assert.equal((await ask("/healthz"))[0], 200);
      }
      await stream.reopen();
      await stream.examine();
    }
    const { code, log } = await ended;
    assert.equal(code, 0, log);
    const { moves } = await inferenceOf(origin);
    assert.deepEqual([moves.drained, moves.lost], [2, 0]);
  },
});

Deno.test({
  name: "streams go on through a restart of NATS, without a restart of anything else",
  ignore,
  fn: async () => {
    await using cluster = await Cluster.start();
    const worker = await cluster.worker();
    const { server, origin } = await cluster.server(["--inference", "remote"]);
    await untilReady(origin);
    await using stream = await openStream(origin);
    const from = { server: server.log.length, worker: worker.log.length };
    await cluster.nats.signal("SIGKILL");
    await server.event("nats away", from.server);
    await cluster.nats.start();
    await server.event("nats connected", from.server);
    await worker.event("nats connected", from.worker);
    await untilReady(origin);
    // It may have been long enough away for the stream to begin anew, and need not.
    const { moves } = await inferenceOf(origin);
    if (moves.lost > 0) {
      await stream.restarted();
      await stream.reopen();
    }
    await stream.examine();
  },
});

Deno.test({
  name:
    "this computer's process and workers share streams, and it has new ones where no worker is left",
  ignore,
  fn: async () => {
    await using cluster = await Cluster.start();
    const worker = await cluster.worker();
    const { server, origin } = await cluster.server();
    await server.event("inference ready");
    await untilReady(origin, 2);
    await using stack = new AsyncDisposableStack();
    const streams = [];
    // Which has the first ones follows from how fast each was when it was measured.
    while ([...(await streamsOf(origin)).values()].some((count) => count === 0)) {
      assert.ok(streams.length < 7, "One member has them all");
      streams.push(stack.use(await openStream(origin)));
    }
    const [, onWorker] = [...(await streamsOf(origin)).values()];
    await worker.stop("SIGKILL");
    await until(async () => (await inferenceOf(origin)).moves.lost === onWorker);
    assert.deepEqual([...await streamsOf(origin)], [["local", streams.length - onWorker!]]);
    await using _another = await openStream(origin);
    assert.deepEqual([...await streamsOf(origin)], [["local", streams.length - onWorker! + 1]]);
  },
});

Deno.test({
  name:
    "a server without a process of its own says that no worker is there, and uses one that comes",
  ignore,
  fn: async () => {
    await using cluster = await Cluster.start();
    const { origin } = await cluster.server(["--inference", "remote"]);
    const readyz = async () => await (await fetch(`${origin}/readyz`)).json();
    assert.match((await readyz()).reasons.join(), /no worker is there/);
    const opening = openStream(origin);
    await until(async () => (await inferenceOf(origin)).gateway.streams === 1);
    await cluster.worker();
    await using _stream = await opening;
    assert.deepEqual((await readyz()).reasons.filter((text: string) => /orker/.test(text)), []);
  },
});

/** A folder with the embedded model's file under another model's name, as `models add` leaves it. */
Deno.test({
  name: "a model that only a worker has is offered, placed there, and its file had from there",
  ignore: ignore || OTHER_MODELS === null,
  fn: async () => {
    await using cluster = await Cluster.start();
    const { origin, server } = await cluster.server();
    await server.event("inference ready");
    const modelsOf = async () => (await (await fetch(`${origin}/api/config`)).json()).models;
    const before = (await modelsOf()).map(({ id }: { id: string }) => id);
    assert.ok(!before.includes(OTHER_MODEL));
    const worker = await cluster.worker([], { PEERLENS_MODELS: OTHER_MODELS! });
    const { id } = await worker.event("worker started");
    await until(async () => (await modelsOf()).length > before.length);
    const model = (await modelsOf()).find((one: { id: string }) => one.id === OTHER_MODEL);
    await using page = await openStreamingPage(origin, { modelId: OTHER_MODEL });
    assert.deepEqual([...await streamsOf(origin)], [["local", 0], [id, 1]]);
    const file = new Uint8Array(await (await fetch(`${origin}${model.url}`)).arrayBuffer());
    const sha256 = new Uint8Array(await crypto.subtle.digest("SHA-256", file)).toHex();
    assert.deepEqual([file.length, sha256], [model.bytes, model.sha256]);
    await worker.stop("SIGKILL");
    assert.deepEqual(await page.next(), { kind: "ended", cause: "restarting" });
    await until(async () => (await modelsOf()).length === before.length);
  },
});
