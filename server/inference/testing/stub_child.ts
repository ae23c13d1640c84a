import { decodeIpc, encodeIpc, HEARTBEAT_MS } from "../../child/ipc.ts";
import type { FromChild, InferenceFacts, ToChild } from "../ipc.ts";

/**
 * Stands in for the inference process: speaks `ipc.ts` without models, WebRTC or native code. Its one
 * argument says how it behaves; a stream's text tells it to fail.
 */
const [behaviour = "works"] = Deno.args;

const FACTS: InferenceFacts = {
  executionProvider: "stub",
  threadsPerSession: 1,
  sessions: 1,
  isCalibrated: true,
  runMs: { fake: 1 },
};

function send(message: FromChild): void {
  const bytes = encodeIpc(message);
  for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
}

function heartbeat(): void {
  const none = {
    superseded: 0,
    expired: 0,
    incomplete: 0,
    "bad-jpeg": 0,
    "too-costly": 0,
    "bad-frame": 0,
    replayed: 0,
    "too-fast": 0,
    failed: 0,
  };
  const noBuckets = { counts: [], sum: 0 };
  send({
    kind: "heartbeat",
    stats: {
      streams: 0,
      ways: { datachannel: 0, link: 0, none: 0 },
      stagesMs: {},
      frameMs: noBuckets,
      cpuMs: 0,
      lagMs: noBuckets,
      framesReceived: 0,
      framesProcessed: 0,
      framesDropped: none,
      messagesRefused: 0,
      signalsRefused: { "no-port": 0, "bad-offer": 0, "too-fast": 0, candidate: 0 },
      modelsRefused: { "too-fast": 0, "too-many": 0 },
      resultsUnsent: 0,
      bytesReceived: 0,
      bytesSent: 0,
      rssBytes: 1,
      maxStallMs: 0,
    },
  });
}

function answer(message: ToChild, binary: Uint8Array): void {
  switch (message.kind) {
    case "settings": {
      const { stream, settings: { modelId } } = message;
      return send({ kind: "opened", stream, modelId, runMs: Deno.pid });
    }
    case "signal":
      if (message.signal.kind !== "offer") return;
      return send({
        kind: "signal",
        stream: message.stream,
        signal: { kind: "answer", sdp: message.signal.sdp },
      });
    case "message": {
      if (message.text === "exit") Deno.exit(7);
      const text = `${message.text ?? "binary"} ${binary.length}`;
      return send({ kind: "message", stream: message.stream, text });
    }
    case "detect":
      return send({ kind: "undetected", request: message.request, cause: "bad-jpeg" });
  }
}

if (behaviour === "unable") {
  send({ kind: "unable", message: "no such provider" });
  Deno.exit(1);
}
if (behaviour === "garbage") Deno.stdout.writeSync(new Uint8Array(64).fill(255));
if (behaviour === "crashes") {
  Deno.stderr.writeSync(new TextEncoder().encode("\x1b[1mout of luck\x1b[m"));
  Deno.exit(3);
}
send({ kind: "log", level: "info", event: "stub", fields: { behaviour } });
send({ kind: "ready", facts: FACTS });
if (behaviour !== "silent") setInterval(heartbeat, HEARTBEAT_MS);
for await (const { json, binary } of decodeIpc<ToChild>(Deno.stdin.readable)) answer(json, binary);
Deno.exit(0);
