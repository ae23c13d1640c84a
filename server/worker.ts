import { hostname } from "node:os";
import { IMAGE_VARIABLE, inImageWords, UsageError, WRONG_VALUE } from "./base/flags.ts";
import { stderrLog } from "./base/log.ts";
import { stackOf, Uncaught } from "./base/uncaught.ts";
import { Bus } from "./bus/bus.ts";
import { newNodeId } from "./bus/subjects.ts";
import { CatalogKeeper } from "./models/catalog_keeper.ts";
import { portShortage, superviseInference } from "./streams/inference.ts";
import { serveWorkerHealth } from "./workers/health.ts";
import { MAX_WORKER_MODELS } from "./workers/messages.ts";
import { readWorkerConfig } from "./workers/worker_config.ts";
import { WorkerHost } from "./workers/worker_host.ts";

/**
 * ENTRY of a worker: the inference process of a server without the server. Nodes find it over NATS and
 * have frames examined here; it serves no pages and knows no rooms. On `PEERLENS_WORKER_PORT`, where that is
 * set, it says how it is.
 *
 *     deno run ‹...workerPermissions(config)› server/worker.ts --nats nats://10.0.0.5:4222
 *
 * @module
 */

async function main(args: readonly string[], uncaught: Uncaught): Promise<void> {
  const config = readWorkerConfig(args);
  const log = stderrLog({
    level: config.logLevel,
    format: config.logFormat,
    telemetry: config.telemetry,
  });
  const models = await CatalogKeeper.open({
    searchPath: config.modelPath,
    chosenId: config.model,
    log,
  });
  const { problem } = models.catalog;
  if (problem !== null) log.warn("no model", { reason: problem });
  const shortage = portShortage(config);
  if (shortage !== null) log.warn("few ports for frames", { reason: shortage });
  const id = newNodeId();
  const name = hostname().slice(0, 64);
  const bus = await Bus.open({ config: config.nats, name: `peerlens worker ${name}`, log });
  uncaught.keepRunning((reason) => log.error("unhandled rejection", { reason }));
  const supervisor = superviseInference({
    config,
    catalog: () => models.catalog,
    modelFolders: models.folders,
    log,
  });
  const host = new WorkerHost({
    bus,
    id,
    name,
    process: supervisor,
    models: () => models.catalog.present,
    maxStreams: config.streams.maxStreams,
    log,
  });
  let isRunning = false;
  const sayWhatIsLeftOut = () => {
    const { length } = models.catalog.present;
    if (length <= MAX_WORKER_MODELS) return;
    log.warn("too many models", { present: length, announced: MAX_WORKER_MODELS });
  };
  sayWhatIsLeftOut();
  const startIfPossible = () => {
    if (isRunning || models.catalog.present.length === 0) return;
    isRunning = true;
    supervisor.start(host);
  };
  startIfPossible();
  host.start();
  const health = config.workerPort === null ? null : serveWorkerHealth({
    hostname: config.host,
    port: config.workerPort,
    host,
    isOnBus: () => bus.state.kind === "connected",
    log,
  });
  log.info("worker started", { id, name, pid: Deno.pid, models: models.catalog.present.length });
  models.watch(() => {
    log.info("models changed", { present: models.catalog.present.length });
    sayWhatIsLeftOut();
    if (isRunning) supervisor.greetAgain();
    else startIfPossible();
    host.announce();
  });
  let isEnding = false;
  const end = async () => {
    if (isEnding) return;
    isEnding = true;
    await host.drain();
    await Promise.all([supervisor.stop(), bus.close(), health?.shutdown()]);
    log.info("closed");
    Deno.exit(0);
  };
  const signals: Deno.Signal[] = ["SIGINT", Deno.build.os === "windows" ? "SIGBREAK" : "SIGTERM"];
  for (const signal of signals) Deno.addSignalListener(signal, end);
}

/** A sentence and a status for what a person can put right; the stack for everything else. */
function fail(error: unknown): never {
  const isUsage = error instanceof UsageError;
  const text = isUsage
    ? inImageWords(error.message, Deno.env.get(IMAGE_VARIABLE) === "1")
    : stackOf(error);
  Deno.stderr.writeSync(new TextEncoder().encode(`${text}\n`));
  Deno.exit(isUsage ? WRONG_VALUE : 1);
}

if (import.meta.main) await main(Deno.args, new Uncaught()).catch(fail);
