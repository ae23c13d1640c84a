import { type ChildProcess, spawn } from "node:child_process";
import { constants } from "node:os";

/** How the server's process is started. */
export interface ServerCommand {
  /** Arguments of Deno. */
  readonly args: readonly string[];
  readonly cwd: URL;
  /** Variables that are different for it. */
  readonly env?: Readonly<Record<string, string>>;
  /** Where its output goes. @default {"inherit"} */
  readonly output?: "inherit" | "pipe";
}

/**
 * The server's process, as its launcher has it: with a channel for messages, over which it asks for what
 * it may not do itself. Node's way to start programs, because Deno's own has no such channel; the
 * child needs no permission for its end.
 */
export class ServerChild {
  readonly process: ChildProcess;
  /** Exit code; 128 and the signal's number, where one ended it. */
  readonly code: Promise<number>;

  constructor({ args, cwd, env, output = "inherit" }: ServerCommand) {
    this.process = spawn(Deno.execPath(), [...args], {
      cwd,
      env: { ...Deno.env.toObject(), ...env },
      stdio: ["ignore", output, output, "ipc"],
    });
    this.code = new Promise((resolve) => {
      this.process.on(
        "exit",
        (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])),
      );
      // It could not be started.
      this.process.on("error", () => resolve(1));
    });
  }

  /** Passes on all that it says from now on. */
  onMessage(take: (message: unknown) => void): void {
    this.process.on("message", take);
  }

  /** Tells it something, if it is still there. */
  send(message: Readonly<Record<string, unknown>>): void {
    if (this.process.connected) this.process.send(message);
  }

  /** @throws {Deno.errors.NotFound} If it has ended. */
  kill(signal: "SIGTERM" | "SIGKILL"): void {
    // Deno (2.9) takes one whom `ChildProcess.kill` told to end for killed, whatever its status.
    if (this.process.pid !== undefined) Deno.kill(this.process.pid, signal);
  }
}
