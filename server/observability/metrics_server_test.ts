import assert from "node:assert/strict";
import { encodeFrame, FRAME_DROP_CAUSES, FRAME_HEADER_BYTES } from "@/protocol";
import { TIMED_STAGES } from "../inference/counters.ts";
import { frameOf, gradient, type Picture } from "../inference/testing/test_child.ts";
import { MODEL, openStreamingPage, type StreamingPage } from "../streams/testing/pages.ts";
import { RtcPage } from "../streams/testing/rtc_page_process.ts";
import { ServerProcess } from "../testing/server_process.ts";
import { type ParsedFamily, parseExposition } from "./testing/parse_exposition.ts";

/** The real server with its real inference process, real frames, and what its metrics say of them. */

type Families = ReadonlyMap<string, ParsedFamily>;

async function scrape(origin: string): Promise<Families> {
  return parseExposition(await (await fetch(`${origin}/metrics`)).text());
}

function valueOf(families: Families, sample: string): number | undefined {
  const [name] = sample.split("{");
  const family = families.get(name!) ?? families.get(name!.replace(/_(count|sum|bucket)$/, ""));
  return family?.samples.get(sample);
}

/** Scrapes until `holds`; counts of the inference process come with its heartbeats. */
async function until(origin: string, holds: (families: Families) => boolean): Promise<Families> {
  for (let tries = 0; tries < 600; tries++) {
    const families = await scrape(origin);
    if (holds(families)) return families;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(await (await fetch(`${origin}/metrics`)).text());
}

const SERVER_MODE = ["--ep", "cpu", "--no-qr"];

const isReady = (families: Families) =>
  valueOf(families, 'peerlens_inference_state{state="ready"}') === 1;

/** Every sample that may only grow: counters, and buckets and counts of histograms. */
function growing(families: Families): Map<string, number> {
  return new Map(
    [...families.values()].filter(({ type }) => type !== "gauge").flatMap(({ samples }) => [
      ...samples,
    ]),
  );
}

function assertNoneWentBack(before: Families, after: Families): void {
  const now = growing(after);
  for (const [sample, value] of growing(before)) {
    assert.ok((now.get(sample) ?? -1) >= value, `${sample}: ${value} → ${now.get(sample)}`);
  }
}

/** A bulk link for frames of a page's stream. */
async function framesOf(page: StreamingPage, topic = page.topic) {
  const frames = await page.openFrames(topic);
  const send = async (frameId: number, picture: Picture) => {
    await frames.sendFrame(frameId, picture);
    return JSON.parse(await frames.next());
  };
  return { frames, send };
}

Deno.test({
  name:
    "/metrics of a real server counts the very frames it was sent, over a SIGKILL of its process",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await using server = new ServerProcess(SERVER_MODE, { mode: "server" });
    const origin = await server.origin();
    const { pid } = await server.event("inference started");
    await until(origin, isReady);

    const page = await openStreamingPage(origin, { modelId: MODEL });
    const opened = await until(
      origin,
      (families) => valueOf(families, 'peerlens_streams{way="none"}') === 1,
    );
    assert.equal(valueOf(opened, 'peerlens_peers{role="owner"}'), 1);
    const { frames, send } = await framesOf(page);
    const good = gradient(320, 240);
    const broken = { jpeg: new Uint8Array(5_000), widthPx: 64, heightPx: 64 };
    for (let id = 1; id <= 7; id++) assert.equal((await send(id, good)).frame_id, String(id));
    for (let id = 8; id <= 10; id++) assert.equal((await send(id, broken)).cause, "bad-jpeg");
    // The last good one once more, two that are no frames, one that begins only, one stranger's text.
    await frames.sendFrame(7, good);
    for (let at = 0; at < 2; at++) frames.send(new Uint8Array(FRAME_HEADER_BYTES + 9));
    const [first] = encodeFrame(frameOf(11, good), 512);
    frames.send(first!);
    frames.send("hello");
    assert.equal(JSON.parse(await frames.next()).cause, "incomplete");

    const causes = { "bad-jpeg": 3, "replayed": 1, "bad-frame": 2, "incomplete": 1 };
    const counted = await until(
      origin,
      (families) =>
        valueOf(families, 'peerlens_frames_total{direction="in",outcome="received"}') === 14 &&
        valueOf(families, dropped("incomplete")) === 1,
    );
    const expectFrames = (families: Families, processed: number) => {
      const out = 'peerlens_frames_total{direction="out",outcome="processed"}';
      assert.equal(valueOf(families, out), processed);
      for (const cause of FRAME_DROP_CAUSES) {
        const expected = (causes as Record<string, number>)[cause] ?? 0;
        assert.equal(valueOf(families, dropped(cause)), expected, cause);
      }
      for (const stage of TIMED_STAGES) {
        const count = valueOf(families, `peerlens_stage_latency_ms_count{stage="${stage}"}`);
        assert.equal(count, processed, stage);
      }
      assert.equal(valueOf(families, "peerlens_server_latency_ms_count"), processed);
      assert.ok(valueOf(families, 'peerlens_stage_latency_ms_sum{stage="run"}')! > 0);
    };
    expectFrames(counted, 7);
    assert.equal(valueOf(counted, 'peerlens_streams{way="link"}'), 1);
    assert.equal(
      valueOf(counted, 'peerlens_stream_messages_refused_total{cause="not-allowed"}'),
      1,
    );
    for (const process of ["server", "inference"]) {
      const label = `{process="${process}"}`;
      assert.ok(valueOf(counted, `peerlens_process_resident_memory_bytes${label}`)! > 2 ** 24);
      assert.ok(valueOf(counted, `peerlens_process_cpu_seconds_total${label}`)! > 0);
      assert.ok(valueOf(counted, `peerlens_event_loop_lag_ms_count${label}`)! > 0);
    }
    assert.equal(valueOf(counted, 'peerlens_child_restarts_total{reason="killed"}'), 0);

    Deno.kill(pid, "SIGKILL");
    const { kind } = await page.next();
    assert.equal(kind, "ended");
    let before = counted;
    const again = await until(origin, (families) => {
      assertNoneWentBack(before, families);
      before = families;
      return isReady(families);
    });
    assert.equal(valueOf(again, 'peerlens_child_restarts_total{reason="killed"}'), 1);
    const next = await framesOf(page, await page.reopen());
    for (let id = 20; id < 24; id++) assert.equal((await next.send(id, good)).frame_id, String(id));
    const after = await until(
      origin,
      (families) =>
        valueOf(families, 'peerlens_frames_total{direction="out",outcome="processed"}') === 11,
    );
    expectFrames(after, 11);
    assertNoneWentBack(again, after);

    await page[Symbol.asyncDispose]();
    const { code, log } = await server.stop("SIGTERM");
    assert.equal(code, 0, log);
  },
});

function dropped(cause: string): string {
  return `peerlens_frames_total{cause="${cause}",direction="out",outcome="dropped"}`;
}

Deno.test("/metrics of a real server tells what its streams come over", async () => {
  await using server = new ServerProcess(SERVER_MODE, { mode: "server" });
  const origin = await server.origin();
  await until(origin, isReady);
  await using _page = new RtcPage(origin, MODEL);
  const families = await until(
    origin,
    (now) => valueOf(now, 'peerlens_streams{way="datachannel"}') === 1,
  );
  assert.equal(valueOf(families, 'peerlens_streams{way="link"}'), 0);
  assert.equal(valueOf(families, 'peerlens_links{kind="bulk"}'), 0);
});

Deno.test("/metrics of a real server in wasm mode has no inference, and its own process's figures", async () => {
  await using server = new ServerProcess(["--no-qr"]);
  const families = await scrape(await server.origin());
  assert.ok([...families.keys()].every((name) => !/s_frames_total|latency|inference/.test(name)));
  const info = [...families.get("peerlens_build_info")!.samples.keys()][0]!;
  assert.match(info, /mode="wasm",version="[0-9.]+"/);
  assert.ok(
    valueOf(families, 'peerlens_process_resident_memory_bytes{process="server"}')! > 2 ** 24,
  );
  assert.equal(
    valueOf(families, 'peerlens_process_resident_memory_bytes{process="inference"}'),
    undefined,
  );
  await server.stop("SIGTERM");
});
