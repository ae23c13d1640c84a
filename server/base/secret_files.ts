import { UsageError } from "./flags.ts";

type Env = Readonly<Record<string, string | undefined>>;

/** Longer than any secret of ours, cameras too; a wrong path must not read a disk into memory. */
const MAX_CHARS = 40_000;

/** The variable that names the file of a secret, as the container world writes it. */
const fileOf = (name: string) => `${name}_FILE`;

/** Files that hold secrets, as `env` names them. */
export function secretPaths(env: Env, names: readonly string[]): readonly string[] {
  return names.flatMap((name) => env[fileOf(name)] || []);
}

/**
 * Fills secrets in from the files that `env` names: environment variables show in `docker inspect`,
 * and in `/proc` for whoever runs as the same user.
 * @param read As `Deno.readTextFileSync`.
 * @throws {UsageError} Naming the variable if a file cannot be read or the secret is set as well.
 */
export function withSecretFiles(
  env: Env,
  names: readonly string[],
  read: (path: string) => string,
): Env {
  const found = names.flatMap((name): [string, string][] => {
    const path = env[fileOf(name)];
    if (path === undefined || path === "") return [];
    if (env[name]) throw new UsageError(`${name} and ${fileOf(name)} are both set: choose one`);
    return [[name, readSecret(path, fileOf(name), read)]];
  });
  return { ...env, ...Object.fromEntries(found) };
}

function readSecret(path: string, name: string, read: (path: string) => string): string {
  let text: string;
  try {
    text = read(path);
  } catch (error) {
    throw new UsageError(`${name}: cannot read ${path}: ${(error as Error).message}`);
  }
  if (text.length > MAX_CHARS) throw new UsageError(`${name}: ${path} is too long for a secret`);
  // Editors and `echo` end files with a line feed.
  return text.trim();
}
