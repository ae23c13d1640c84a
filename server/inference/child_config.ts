import type { CatalogModel } from "../../models/catalog.ts";
import type { Layout } from "./calibration.ts";

/** What may be asked to run the models; `auto` takes a GPU where one works, else the CPU. */
export const EXECUTION_PROVIDERS = ["cpu", "cuda", "dml", "coreml", "auto"] as const;
/** See {@linkcode EXECUTION_PROVIDERS}. */
export type ExecutionProvider = (typeof EXECUTION_PROVIDERS)[number];

/** All that the inference process is told at its start: one JSON text, its only argument. */
export interface ChildConfig {
  /** The models present. */
  readonly models: readonly CatalogModel[];
  /** Loaded at start and kept; the others when a stream asks for them. */
  readonly defaultModelId: string;
  readonly executionProvider: ExecutionProvider;
  /** UDP ports for DataChannels, both ends included; `null`: any. */
  readonly rtcPorts: { readonly begin: number; readonly end: number } | null;
  /** Address (not a name) to advertise besides this computer's own, for NAT and containers. */
  readonly publicHost: string | null;
  /** Address to listen on, as for the pages. */
  readonly host: string;
  readonly maxStreams: number;
  /** CPU threads over all sessions. @default {the CPUs of this computer} */
  readonly threads?: number;
  /** What an earlier start of the same configuration found: saves the calibration's second. */
  readonly layout?: Layout | null;
}

/**
 * Reads {@linkcode ChildConfig} from the command line. Its writer is ours and of this version, so
 * only that it is there is checked.
 * @throws {TypeError} If it is missing or names a default model that is not among the models.
 */
export function readChildConfig(args: readonly string[]): ChildConfig {
  const [text] = args;
  if (text === undefined) throw new TypeError("Cannot start inference: no configuration given");
  const config: ChildConfig = JSON.parse(text);
  if (!config.models.some(({ entry }) => entry.id === config.defaultModelId)) {
    throw new TypeError(`Cannot start inference: no model ${config.defaultModelId}`);
  }
  return config;
}
