import { type IceServer, parseJson } from "@/protocol";
import * as v from "valibot";
import { UsageError } from "./flags.ts";
import { type IpNetwork, parseNetwork } from "./ip_network.ts";

/** A value and the name by which a person knows it. */
export interface Given {
  readonly source: string;
  readonly value: string | undefined;
}

/** One of a few words. @throws {UsageError} If it is none of them. */
export function oneOf<T extends string>(given: Given, options: readonly T[], fallback: T): T {
  if (given.value === undefined || given.value === "") return fallback;
  const option = options.find((candidate) => candidate === given.value);
  if (option !== undefined) return option;
  throw new UsageError(`${given.source} must be one of ${options.join(", ")}: ${given.value}`);
}

/** A whole number within bounds. @throws {UsageError} If it is none. */
export function toInteger(
  given: Given,
  { fallback, min, max }: { fallback: number; min: number; max: number },
): number {
  if (given.value === undefined) return fallback;
  const value = /^\d{1,9}$/.test(given.value) ? Number(given.value) : NaN;
  if (value >= min && value <= max) return value;
  throw new UsageError(
    `${given.source} must be a whole number from ${min} to ${max}: ${given.value}`,
  );
}

/** A name or address, with a port or without. @throws {UsageError} If it is neither. */
export function toPublicHost(given: Given): {
  readonly name: string;
  readonly port: number | null;
} | null {
  if (given.value === undefined) return null;
  const url = URL.canParse(`https://${given.value}`) ? new URL(`https://${given.value}`) : null;
  // A URL parser also accepts users, paths and queries; none of them is part of a host.
  if (url === null || url.host === "" || !/^[A-Za-z0-9.:[\]-]+$/.test(given.value)) {
    throw new UsageError(`${given.source} must be a host name or address: ${given.value}`);
  }
  const port = given.value.match(/:(\d+)$/)?.[1];
  return { name: url.hostname, port: port === undefined ? null : Number(port) };
}

/** Networks and addresses, with commas between them. @throws {UsageError} If one is none. */
export function toNetworks(given: Given): readonly IpNetwork[] {
  return (given.value ?? "").split(",").filter((text) => text !== "").map((text) => {
    const network = parseNetwork(text.trim());
    if (network !== null) return network;
    throw new UsageError(
      `${given.source} must be networks or addresses such as 10.0.0.0/8 or fd00::1, with commas ` +
        `between them: ${text}`,
    );
  });
}

/** Two ports. @throws {UsageError} If they are none, or not in order. */
export function toPortRange(given: Given): {
  readonly begin: number;
  readonly end: number;
} | null {
  if (given.value === undefined) return null;
  const [, begin, end] = given.value.match(/^(\d{1,5})-(\d{1,5})$/)?.map(Number) ?? [];
  if (begin !== undefined && end !== undefined && 1024 <= begin && begin <= end && end <= 65535) {
    return { begin, end };
  }
  throw new UsageError(
    `${given.source} must be two ports from 1024 to 65535, as in 50000-50100: ${given.value}`,
  );
}

/**
 * A token. Its value is not repeated when it is refused: it is meant to be a secret.
 * @throws {UsageError} If it is too short, or has other characters.
 */
export function toToken(
  name: string,
  env: Readonly<Record<string, string | undefined>>,
): string | null {
  const value = env[name];
  if (value === undefined || value === "") return null;
  if (/^[A-Za-z0-9._~+/=-]{16,256}$/.test(value)) return value;
  throw new UsageError(`${name} must be 16 to 256 letters, digits and any of . _ ~ + / = -`);
}

/** Folders, separated as in `PATH`. */
export function toFolders(value: string | undefined): readonly string[] {
  const separator = Deno.build.os === "windows" ? ";" : ":";
  return (value ?? "").split(separator).filter((folder) => folder !== "");
}

// As a person may write it: one URL needs no list.
const iceServersSchema = v.array(v.object({
  urls: v.union([v.string(), v.array(v.string())]),
  username: v.exactOptional(v.string()),
  credential: v.exactOptional(v.string()),
}));

/** STUN and TURN servers, from JSON. @throws {UsageError} If they are none. */
export function toIceServers(value: string | undefined): IceServer[] {
  if (value === undefined || value === "") return [];
  const result = v.safeParse(iceServersSchema, parseJson(value));
  if (!result.success) {
    // The value is not repeated: it may hold a credential.
    throw new UsageError(
      "PEERLENS_ICE_SERVERS must be a JSON array of { urls, username?, credential? }",
    );
  }
  return result.output.map((server) => ({ ...server, urls: [server.urls].flat() }));
}
