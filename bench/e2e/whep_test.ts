// @all: an endpoint that few operators have
/**
 * A WHEP endpoint (a stand-in for go2rtc) that the operator named, played by the viewer's page.
 *
 * Takes about 25 s on two busy cores.
 */
import assert from "node:assert/strict";
import { BROWSER, PATIENCE_MS } from "../browser.ts";
import { openCalmViewer } from "../calm_viewer.ts";
import { ROOT, startServer } from "../server.ts";
import { waitForBox, waitForVideo } from "../stage.ts";
import { until } from "../until.ts";

/** Starts the stand-in. `lines`: what was asked of it. */
async function startEndpoint() {
  const process = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", "--no-check", "server/whep/testing/whep_stand_in.ts"],
    cwd: ROOT,
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  let text = "";
  const reading = (async () => {
    for await (const part of process.stdout.pipeThrough(new TextDecoderStream())) text += part;
  })();
  await until(() => /^\d+\n/.test(text), () => `no endpoint: ${text}`, { timeoutMs: PATIENCE_MS });
  return {
    host: `127.0.0.1:${text.split("\n")[0]}`,
    lines: () => text.split("\n").slice(1),
    async [Symbol.asyncDispose]() {
      await process.stdin.close();
      await process.status;
      await reading;
    },
  };
}

Deno.test("a page plays an endpoint that the operator named, with boxes", BROWSER, async () => {
  await using endpoint = await startEndpoint();
  const cameras = [
    `yard=whep:http://viewer:hunter2@${endpoint.host}/whep?src=yard`,
    `gone=whep:http://${endpoint.host}/whep?src=gone`,
  ];
  await using server = await startServer({
    env: { PEERLENS_CAMERAS: cameras.join("\n") },
  });
  await using viewer = await openCalmViewer(server);
  const { page, errors } = viewer;
  await page.goto(server.httpUrl);

  await page.getByRole("button", { name: "gone", exact: true }).click();
  await page.getByRole("alert").getByText("gone: The endpoint refuses to show its video.")
    .waitFor();

  await page.getByRole("button", { name: "yard", exact: true }).click();
  await waitForVideo(page);
  await waitForBox(page);
  const [, asked] = endpoint.lines();
  assert.equal(asked, `POST /whep Basic ${btoa("viewer:hunter2")}`);
  assert.ok(!(await page.content()).includes(endpoint.host), "the page is told no address");
  assert.ok(!server.output().includes("hunter2"));

  await page.getByRole("button", { name: /^Stop.yard/ }).click();
  const waitForEnds = (count: number) =>
    until(
      () => endpoint.lines().filter((line) => line.startsWith("DELETE /whep/")).length === count,
      () => `the session is not ended: ${endpoint.lines()}`,
      { timeoutMs: PATIENCE_MS },
    );
  await waitForEnds(1);
  await page.getByRole("button", { name: "yard", exact: true }).click();
  await waitForVideo(page);
  await page.goto("about:blank");
  await waitForEnds(2);
  assert.deepEqual(errors, []);
});
