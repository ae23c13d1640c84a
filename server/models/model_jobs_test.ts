import assert from "node:assert/strict";
import type { LauncherLink } from "./launcher_link.ts";
import { MAX_WAITING_JOBS, ModelJobs } from "./model_jobs.ts";
import type { ModelOrder, ModelReport } from "./orders.ts";

const ABOUT = { kind: "remove", modelId: "m", file: null } as const;
const TASK = { kind: "remove", id: "m" } as const;

function scene() {
  const sent: ModelOrder[] = [];
  const link: LauncherLink = {
    isOpen: true,
    send: (order) => void sent.push(order),
    onReport() {},
  };
  const jobs = new ModelJobs(link);
  const ended = (job: number, over: Partial<Extract<ModelReport, { kind: "ended" }>> = {}) =>
    link.onReport({ kind: "ended", job, code: 0, modelId: null, words: "", ...over });
  const states = () => jobs.all.map(({ state }) => state);
  return { sent, link, jobs, ended, states };
}

Deno.test("ModelJobs runs one job at a time, in the order of asking, and bounds what waits", () => {
  const { sent, jobs, ended, states } = scene();
  for (let at = 0; at <= MAX_WAITING_JOBS; at++) assert.notEqual(jobs.open(ABOUT, TASK), null);
  assert.equal(jobs.open(ABOUT, TASK), null);
  assert.deepEqual(sent, [{ kind: "run", job: 1, task: TASK }]);
  ended(1);
  assert.deepEqual(sent.at(-1), { kind: "run", job: 2, task: TASK });
  assert.deepEqual(states(), ["done", "running", "waiting", "waiting", "waiting"]);
  assert.notEqual(jobs.open(ABOUT, TASK), null);
});

Deno.test("ModelJobs tells how a job gets on, and what became of it", () => {
  const { link, jobs, ended } = scene();
  const job = jobs.open({ kind: "pull", modelId: "m", file: null }, {
    kind: "pull",
    id: "m",
    isLicenceAccepted: false,
  })!;
  link.onReport({ kind: "progress", job: job.id, receivedBytes: 5, totalBytes: 9 });
  assert.deepEqual([jobs.find(job.id)?.state, jobs.find(job.id)?.receivedBytes], ["running", 5]);
  // Of another job, or of none.
  link.onReport({ kind: "progress", job: 99, receivedBytes: 1, totalBytes: 1 });
  ended(job.id, { code: 1, words: "The disk is full." });
  const { state, words, modelId } = jobs.find(job.id)!;
  assert.deepEqual([state, words, modelId], ["failed", "The disk is full.", "m"]);
  ended(job.id);
  assert.equal(jobs.find(job.id)!.state, "failed");
  const failed = jobs.counts.filter(({ count }) => count > 0);
  assert.deepEqual(failed, [{ kind: "pull", outcome: "failed", count: 1 }]);
});

Deno.test("ModelJobs keeps a place for a task that is on its way, and lets others pass", () => {
  const { sent, jobs, states } = scene();
  let ends = 0;
  const add = jobs.open({ kind: "add", modelId: null, file: "m.onnx" }, null, () => ends++)!;
  jobs.open(ABOUT, TASK);
  assert.deepEqual(states(), ["waiting", "running"]);
  jobs.progress(add.id, 3, 7);
  assert.equal(jobs.find(add.id)!.receivedBytes, 3);
  jobs.cancel(add.id, "The file did not come whole.");
  assert.deepEqual([states()[0], ends], ["cancelled", 1]);
  jobs.cancel(add.id);
  assert.deepEqual([sent.length, ends], [1, 1]);
});

Deno.test("ModelJobs.cancel() stops a job that runs, which may be done all the same", () => {
  for (const [code, state] of [[0, "done"], [130, "cancelled"], [143, "cancelled"]] as const) {
    const { sent, jobs, ended } = scene();
    const { id } = jobs.open(ABOUT, TASK)!;
    assert.equal(jobs.cancel(id)?.state, "running");
    assert.deepEqual(sent.at(-1), { kind: "cancel", job: id });
    ended(id, { code });
    assert.equal(jobs.find(id)!.state, state);
  }
  assert.equal(scene().jobs.cancel(1), undefined);
});

Deno.test("ModelJobs fails what is open when the launcher goes, and forgets what is long over", () => {
  const { link, jobs, ended, states } = scene();
  jobs.open(ABOUT, TASK);
  jobs.open(ABOUT, TASK);
  Object.assign(link, { isOpen: false });
  link.onReport(null);
  assert.deepEqual(states(), ["failed", "failed"]);
  assert.equal(jobs.canChange, false);
  Object.assign(link, { isOpen: true });
  for (let at = 0; at < 40; at++) ended(jobs.open(ABOUT, TASK)!.id);
  assert.equal(jobs.all.length, 16);
});
