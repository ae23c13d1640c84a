import { loadConfig, readEnv, type ServerConfig } from "../base/config.ts";
import { FLAGS, parseFlags, UsageError, WORKER_FLAGS } from "../base/flags.ts";
import type { NatsConfig } from "../base/nats_config.ts";

/** A server's configuration, of which a worker uses what concerns models and NATS. */
export type WorkerConfig = ServerConfig & { readonly nats: NatsConfig };

/**
 * Reads what a worker is started with. Variables of servers may be set: one file may be for both.
 * @throws {UsageError} If a flag is none of a worker's, or NATS is missing.
 */
export function readWorkerConfig(args: readonly string[], env = readEnv()): WorkerConfig {
  const flags = parseFlags(args);
  const foreign = FLAGS.find(({ name }) =>
    flags[name] !== undefined && !WORKER_FLAGS.some((own) => own === name)
  );
  if (foreign !== undefined) {
    throw new UsageError(`--${foreign.name} is for servers: a worker serves no pages and no rooms`);
  }
  // Workers only is what servers may be set to by a variable.
  const config = loadConfig({ env: { ...env, PEERLENS_INFERENCE: undefined }, flags });
  const { nats } = config;
  if (nats === null) throw new UsageError("A worker needs --nats, by which servers find it");
  return { ...config, nats };
}
