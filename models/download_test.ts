import assert from "node:assert/strict";
import { download, type DownloadOptions } from "./download.ts";
import { factOf } from "./file_hash.ts";
import { serveFile } from "./testing/file_server.ts";

const CONTENT = Uint8Array.from({ length: 200_000 }, (_, at) => (at * 7 + (at >> 8)) & 255);
const OTHER = CONTENT.map((byte) => byte ^ 1);

const WANTED = factOf(CONTENT);

interface Downloading {
  readonly path: string;
  readonly notes: string[];
  readonly received: number[];
  readonly run: (over?: Partial<DownloadOptions>) => ReturnType<typeof download>;
  readonly left: () => Promise<string[]>;
}

/** Runs `test` with a source and an empty folder. */
function downloadTest(
  name: string,
  test: (server: ReturnType<typeof serveFile>, it: Downloading) => Promise<void>,
): void {
  Deno.test(`download() ${name}`, async () => {
    const folder = await Deno.makeTempDir();
    try {
      await using server = serveFile(CONTENT);
      const path = `${folder}/model.onnx`;
      const notes: string[] = [];
      const received: number[] = [];
      await test(server, {
        path,
        notes,
        received,
        run: (over = {}) =>
          download({
            urls: [server.url],
            path,
            wanted: WANTED,
            maxBytes: 1e6,
            stallMs: 5_000,
            signal: new AbortController().signal,
            onProgress: ({ receivedBytes }) => received.push(receivedBytes),
            onNote: (note) => notes.push(note),
            ...over,
          }),
        left: () => Array.fromAsync(Deno.readDir(folder), ({ name }) => name),
      });
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

async function assertWhole(partPath: string): Promise<void> {
  assert.deepEqual(await Deno.readFile(partPath), CONTENT);
}

downloadTest("gets a file, hashes it and tells how far it is", async (server, { run, ...it }) => {
  const { url, partPath, ...fact } = await run();
  assert.deepEqual([url, partPath, fact], [server.url, `${it.path}.part`, WANTED]);
  await assertWhole(partPath);
  assert.deepEqual(await it.left(), ["model.onnx.part"]);
  assert.deepEqual(it.received, it.received.toSorted((a, b) => a - b));
  assert.equal(it.received.at(-1), CONTENT.length);
});

downloadTest("asks once more where a source breaks off", async (server, it) => {
  server.breakAfter = 60_000;
  server.onRequest = (count) => count === 2 && (server.breakAfter = null);
  await assertWhole((await it.run()).partPath);
  assert.match(it.notes.join(), /^127.* broke off after 60000 of 200000 bytes\. Trying again\.$/);
});

downloadTest("gives up a source that breaks off twice, and leaves nothing", async (server, it) => {
  server.breakAfter = 1000;
  await assert.rejects(it.run(), /^DownloadError: .* broke off after 1000 of 200000 bytes\.$/);
  assert.equal(server.requests, 2);
  assert.deepEqual(await it.left(), []);
});

downloadTest("begins anew over what was left there", async (_server, it) => {
  await Deno.writeFile(`${it.path}.part`, OTHER);
  await assertWhole((await it.run()).partPath);
});

downloadTest("deletes a file with the wrong bytes and names both hashes", async (server, it) => {
  server.content = OTHER;
  await assert.rejects(it.run(), ({ message }: Error) => {
    assert.ok(message.includes(WANTED.sha256) && message.includes(factOf(OTHER).sha256));
    return /it was deleted\.$/.test(message);
  });
  assert.deepEqual(await it.left(), []);
});

downloadTest("refuses a file of the wrong size before it comes", async (server, it) => {
  server.content = CONTENT.slice(0, 100);
  await assert.rejects(it.run(), /has a file of 100 bytes, expected 200000/);
  server.content = CONTENT;
  await assert.rejects(it.run({ wanted: null, maxBytes: 1000 }), /more than the 1000 allowed/);
  assert.deepEqual(await it.left(), []);
});

downloadTest("says what a source answers, and asks the next one", async (server, it) => {
  await using broken = serveFile(OTHER);
  await using gone = serveFile(OTHER);
  gone.status = 404;
  const { url } = await it.run({ urls: [gone.url, broken.url, server.url] });
  assert.equal(url, server.url);
  assert.match(it.notes[0]!, /answers with HTTP 404\. Trying 127/);
  assert.match(it.notes[1]!, /SHA-256/);
  await assert.rejects(it.run({ urls: [gone.url] }), /answers with HTTP 404\.$/);
});

downloadTest("gives up a source that sends nothing", async (server, it) => {
  server.stallAfter = 0;
  await assert.rejects(it.run({ stallMs: 100 }), /sent nothing for 0.1 s/);
});

downloadTest("follows redirects to another host, within bounds", async (server, it) => {
  await using other = serveFile(OTHER);
  other.redirects = {
    "/there": server.url,
    "/round": `${other.origin}/round`,
    "/file": "file:///etc/hostname",
    "/relative": "/there",
  };
  const from = (path: string) => it.run({ urls: [other.origin + path] });
  await assertWhole((await from("/there")).partPath);
  await assertWhole((await from("/relative")).partPath);
  for (const path of ["/round", "/file"]) {
    await assert.rejects(from(path), { name: "DownloadError", message: /cannot be reached/ });
  }
});

downloadTest("stops when told, and leaves nothing", async (server, it) => {
  server.stallAfter = 70_000;
  const stop = new AbortController();
  await assert.rejects(
    it.run({
      signal: stop.signal,
      onProgress: ({ receivedBytes }) => receivedBytes === 70_000 && stop.abort(new Error("stop")),
    }),
    /^Error: stop$/,
  );
  assert.deepEqual(await it.left(), []);
});

downloadTest("says in a sentence that nobody can be reached", async (_server, it) => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const url = `http://127.0.0.1:${listener.addr.port}/model.onnx`;
  listener.close();
  await assert.rejects(
    it.run({ urls: [url] }),
    /cannot be reached\. This computer seems to be off/,
  );
});

if (Deno.build.os === "linux") {
  downloadTest("says what the disk says, and asks no other source", async (server, it) => {
    await Deno.symlink("/dev/full", `${it.path}.part`);
    await assert.rejects(it.run({ urls: [server.url, server.url] }), {
      name: "DownloadError",
      message: /^Cannot write .*model\.onnx\.part: .*[Nn]o space left/,
    });
    assert.equal(server.requests, 1);
    assert.deepEqual(it.notes, []);
  });
}
