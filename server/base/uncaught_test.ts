import assert from "node:assert/strict";
import { argsOf, modelsCommand } from "../launcher/model_runner.ts";
import { serverPermissions } from "../launcher/permissions.ts";
import { FREE_PORTS } from "../testing/server_process.ts";
import { childCommand, childConfig } from "../streams/inference.ts";
import { agentCommand } from "../tunnel/ngrok_agent_command.ts";
import { loadConfig } from "./config.ts";
import { parseFlags } from "./flags.ts";
import { NO_TELEMETRY, serverTelemetry } from "./telemetry_env.ts";

const ROOT = new URL("../../", import.meta.url);
const WORDS = "nobody caught this";

/** A program of ours as it is started. */
interface Program {
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Speaks for itself; else it is left to Deno. */
  readonly hasOwnWords?: boolean;
}

const FAULTS = {
  error: `() => { throw new Error("${WORDS}"); }`,
  rejection: `() => { Promise.reject(new Error("${WORDS}")); }`,
};

/** A module that strikes before the program begins, or as soon as it has said that it would hear of it. */
function moduleOf(fault: string, isAtOnce: boolean): string {
  const strike = `queueMicrotask(${fault});`;
  if (isAtOnce) return strike;
  return `const add = globalThis.addEventListener;
  globalThis.addEventListener = (name, ...rest) => {
    add(name, ...rest);
    if (name === "unhandledrejection") ${strike}
  };`;
}

const config = loadConfig({ env: {}, flags: parseFlags([...FREE_PORTS, "--no-qr"]) });

/** With telemetry to nobody, off or on, and Deno told to print nothing: as somebody's shell may have it. */
function shell(isOn: boolean): Record<string, string> {
  return {
    OTEL_DENO: String(isOn),
    OTEL_DENO_CONSOLE: "replace",
    OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9",
  };
}

function programs(isOn: boolean): Record<string, Program> {
  const quiet = ["run", "--quiet"];
  const given = shell(isOn);
  return {
    launcher: {
      args: [...quiet, "-P=start", "server/start.ts"],
      // Struck while it looks at the packages; else it would start nothing.
      env: { PEERLENS_PREBUILT: "", MODE: "wrong" },
      hasOwnWords: true,
    },
    server: {
      args: [...quiet, ...serverPermissions(config), "server/main.ts", ...FREE_PORTS],
      env: serverTelemetry((name) => given[name]),
      hasOwnWords: true,
    },
    inference: childCommand(childConfig({ config, modelFolders: [], facts: null })),
    models: modelsCommand(argsOf({ kind: "remove", id: "none-such" }, ".data"), []),
    agent: { ...agentCommand(9), env: NO_TELEMETRY },
    build: { args: [...quiet, "-P=build", "client/build.ts"], env: NO_TELEMETRY },
  };
}

/** Runs it with a fault that strikes as soon as it has begun. */
async function strike({ args, env }: Program, isOn: boolean, fault: string) {
  const [run, ...rest] = args;
  const child = new Deno.Command(Deno.execPath(), {
    args: [run!, `--preload=${fault}`, ...rest],
    cwd: ROOT,
    env: { ...shell(isOn), NO_COLOR: "1", ...env },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const { code, stderr } = await child.output();
  await child.stdin.close().catch(() => {});
  return { code, text: new TextDecoder().decode(stderr) };
}

for (const isOn of [false, true]) {
  Deno.test(`every process of ours says what ended it, with telemetry ${isOn ? "on" : "off"}`, async () => {
    const folder = await Deno.makeTempDir();
    for (const [kind, fault] of Object.entries(FAULTS)) {
      for (const [name, program] of Object.entries(programs(isOn))) {
        const path = `${folder}/${kind}-${name}.mjs`;
        await Deno.writeTextFile(path, moduleOf(fault, !program.hasOwnWords));
        const { code, text } = await strike(program, isOn, path);
        assert.equal(code, 1, `${name}, ${kind}: status ${code}: ${text}`);
        assert.match(text, new RegExp(WORDS), `${name}, ${kind}`);
      }
    }
    await Deno.remove(folder, { recursive: true });
  });
}

Deno.test("serverTelemetry() asks for Deno's silence with telemetry only, and leaves what was chosen", () => {
  const of = (env: Record<string, string>) => serverTelemetry((name) => env[name]);
  assert.deepEqual(of({}), NO_TELEMETRY);
  assert.deepEqual(of({ OTEL_DENO: "false", OTEL_DENO_CONSOLE: "replace" }), NO_TELEMETRY);
  assert.deepEqual(of({ OTEL_DENO: "True", OTEL_DENO_CONSOLE: "" }), {
    OTEL_SERVICE_NAME: "peerlens",
    OTEL_DENO_CONSOLE: "replace",
  });
  assert.deepEqual(
    of({ OTEL_DENO: "true", OTEL_SERVICE_NAME: "a", OTEL_DENO_CONSOLE: "capture" }),
    {
      OTEL_SERVICE_NAME: "a",
      OTEL_DENO_CONSOLE: "capture",
    },
  );
});
