import ndc from "node-datachannel";
import { encodeFrame } from "@/protocol";
import { openChannels } from "../../inference/viewer_connection.ts";
import { gradient, type Picture } from "../../inference/testing/test_child.ts";
import { aboutStream } from "./fake_process.ts";
import { openStreamingPage, type StreamingPage } from "./pages.ts";

/**
 * A viewer's page in a process of its own, which streams over DataChannels until it is killed:
 *
 *     deno run -A rtc_page.ts ‹origin› ‹model id› [‹JPEG file› ‹width› ‹height› [asked]]
 *
 * Prints every result as a line, and `ended ‹cause›` when the server ends its stream; then it opens
 * the stream again, as a page does. `asked`: it sends no frame but for each line of its input one, and prints
 * before each result how many ms that took. Not in the tests' own process, because node-datachannel calls
 * into a test file's isolate after that has gone, which ends Deno.
 */

type Channels = ReturnType<typeof openChannels>;

/**
 * Negotiates the page's DataChannels over its signalling until they are open. At times this library
 * closes a fresh connection at once; then the next one is made, as a page does.
 */
async function connect(page: StreamingPage): Promise<Channels> {
  for (;;) {
    const channels = await tryToConnect(page);
    if (channels !== null) return channels;
  }
}

async function tryToConnect(page: StreamingPage): Promise<Channels | null> {
  const connection = new ndc.PeerConnection("page", {
    iceServers: [],
    bindAddress: "127.0.0.1",
    disableAutoNegotiation: true,
  });
  const channels = openChannels(connection);
  const areOpen = Promise.all(
    channels.map((channel) => new Promise<void>((resolve) => channel.onOpen(resolve))),
  ).then(() => channels);
  const isClosed = new Promise<null>((resolve) =>
    connection.onStateChange((state) => {
      if (state === "closed" || state === "failed") resolve(null);
    })
  );
  const say = (body: Parameters<typeof aboutStream>[1]) =>
    void page.page.say(aboutStream(page.stream, body));
  connection.onLocalDescription((sdp) => say({ kind: "offer", sdp }));
  connection.onLocalCandidate((line, sdpMid) =>
    say({ kind: "ice-candidate", candidate: { candidate: line.replace(/^a=/, ""), sdpMid } })
  );
  connection.setLocalDescription("offer");
  for (let isOver = false; !isOver;) {
    const body = await page.next();
    if (body.kind === "answer") connection.setRemoteDescription(body.sdp, "answer");
    else if (body.kind !== "ice-candidate") throw new Error(`Cannot connect: ${body.kind}`);
    else if (body.candidate === null) isOver = true;
    else if (connection.state() !== "closed") {
      connection.addRemoteCandidate(body.candidate.candidate, "0");
    }
  }
  return await Promise.race([areOpen, isClosed]);
}

/** Sends a frame, and the next one after every result, or when it is asked to. */
function stream([frames, results]: Channels, picture: Picture): void {
  let frameId = 0;
  let sentMs = 0;
  const send = () => {
    // To send on one that was closed ends the process.
    if (!frames.isOpen()) return;
    sentMs = performance.now();
    const frame = {
      frameId: ++frameId,
      ...picture,
      captureTimeMs: null,
      captureClock: null,
      ageMs: 0,
    };
    for (const chunk of encodeFrame(frame, 65_536)) frames.sendMessageBinary(chunk);
  };
  results.onMessage((text) => {
    if (isAsked) return print(`${performance.now() - sentMs} ${text}`);
    print(String(text));
    send();
  });
  if (isAsked) void sendWhenAsked(send);
  else send();
}

async function sendWhenAsked(send: () => void): Promise<void> {
  print("open");
  for await (const text of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
    if (text.includes("\n")) send();
  }
}

function print(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}

const [origin, modelId, path, width, height, how] = Deno.args as [
  ...[string, string, string?],
  ...string[],
];
const isAsked = how === "asked";
const picture = path === undefined ? gradient(320, 240) : {
  jpeg: await Deno.readFile(path),
  widthPx: Number(width),
  heightPx: Number(height),
};
const page = await openStreamingPage(origin, { modelId });
// The server closes a link that is silent for three times as long.
let nonce = 0;
setInterval(
  () => void page.page.say({ type: "ping", nonce: nonce++ }),
  8_000,
);
for (;;) {
  stream(await connect(page), picture);
  const body = await page.next();
  print(body.kind === "ended" ? `ended ${body.cause}` : body.kind);
  await page.ask();
  await page.next();
}
