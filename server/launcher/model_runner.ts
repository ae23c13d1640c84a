import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import * as v from "valibot";
import { SECRET_ENV_NAMES, type ServerConfig } from "../base/config.ts";
import { NO_TELEMETRY } from "../base/telemetry_env.ts";
import { CommandWords } from "./command_words.ts";
import {
  type ModelOrder,
  modelOrderSchema,
  type ModelReport,
  type ModelTask,
  UPLOADS,
} from "../models/orders.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** At the end a command is waited for, and then ended. */
const STOP_MS = 1_500;

/** What it works with. */
export interface ModelRunnerOptions {
  readonly config: Pick<ServerConfig, "dataDir" | "modelPath">;
  /** Tells the server. */
  readonly send: (report: ModelReport) => void;
}

interface Running {
  readonly job: number;
  readonly process: Deno.ChildProcess;
}

/**
 * The launcher's part in changes of the models: runs one command of `deno task models` at a time, in a
 * process with that task's own permissions, as the server asks. The server itself may start nothing.
 */
export class ModelRunner {
  readonly #options: ModelRunnerOptions;
  #running: Running | null = null;

  constructor(options: ModelRunnerOptions) {
    this.#options = options;
  }

  /** Takes what the server says; what is no order is left alone. */
  receive(message: unknown): void {
    const result = v.safeParse(modelOrderSchema, message);
    if (result.success) this.#obey(result.output);
  }

  /** Ends what is under way. */
  async stop(): Promise<void> {
    const process = this.#running?.process;
    if (process === undefined) return;
    end(process, "SIGTERM");
    const timer = setTimeout(() => end(process, "SIGKILL"), STOP_MS);
    await process.status;
    clearTimeout(timer);
  }

  #obey(order: ModelOrder): void {
    const { send } = this.#options;
    switch (order.kind) {
      case "hello":
        return send({ kind: "present" });
      case "run":
        return void this.#run(order.job, order.task);
      case "cancel":
        if (this.#running?.job === order.job) end(this.#running.process, "SIGTERM");
    }
  }

  async #run(job: number, task: ModelTask): Promise<void> {
    const { send, config } = this.#options;
    if (this.#running !== null) {
      const words = "Another change of the models is running.";
      return send({ kind: "ended", job, code: 1, modelId: null, words });
    }
    const words = new CommandWords((progress) => send({ kind: "progress", job, ...progress }));
    try {
      const process = new Deno.Command(Deno.execPath(), {
        ...modelsCommand(argsOf(task, config.dataDir), config.modelPath),
        cwd: ROOT,
        stdin: "null",
        stdout: "piped",
        stderr: "piped",
      }).spawn();
      this.#running = { job, process };
      const [{ code }] = await Promise.all([
        process.status,
        words.read(process.stdout),
        words.readFaults(process.stderr),
      ]);
      this.#running = null;
      // Its owner knows the file by its name.
      const text = task.kind === "add"
        ? words.text.replaceAll(pathOf(task, config.dataDir), task.file)
        : words.text;
      send({ kind: "ended", job, code, modelId: words.modelId, words: text });
    } catch (error) {
      this.#running = null;
      const reason = error instanceof Error ? error.message : String(error);
      send({ kind: "ended", job, code: 1, modelId: null, words: `It did not run: ${reason}` });
    }
  }
}

/** The command line of a task: nothing in it is taken for another flag, or names another file. */
export function argsOf(task: ModelTask, dataDir: string): string[] {
  switch (task.kind) {
    case "pull":
      return ["pull", task.id, ...(task.isLicenceAccepted ? ["--accept-licence"] : [])];
    case "remove":
      return ["remove", task.id];
    case "add": {
      const { replace, ...values } = task.flags;
      const flags = Object.entries(values).map(([name, value]) => `--${name}=${value}`);
      return [
        "add",
        pathOf(task, dataDir),
        ...flags,
        ...(replace === undefined ? [] : ["--replace"]),
      ];
    }
  }
}

function pathOf(task: Extract<ModelTask, { kind: "add" }>, dataDir: string): string {
  return resolve(ROOT, dataDir, UPLOADS, task.upload, task.file);
}

/** A command of `deno task models` as it is started: with that task's permissions, and none of our secrets. */
export function modelsCommand(
  args: readonly string[],
  modelPath: readonly string[],
): { readonly args: string[]; readonly env: Record<string, string> } {
  return {
    args: ["run", "--quiet", "-P=models", "models/models.ts", "--json", ...args],
    env: {
      ...Object.fromEntries(SECRET_ENV_NAMES.map((name) => [name, ""])),
      PEERLENS_MODELS: modelPath.join(Deno.build.os === "windows" ? ";" : ":"),
      ORT_DISABLE_TELEMETRY: "1",
      ...NO_TELEMETRY,
      NO_COLOR: "1",
    },
  };
}

function end(process: Deno.ChildProcess, signal: "SIGTERM" | "SIGKILL"): void {
  try {
    process.kill(signal);
  } catch {
    // It has ended.
  }
}
