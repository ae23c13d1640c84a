/** Of what `deno info --json` says. */
export interface ModuleGraph {
  readonly modules: readonly {
    readonly kind?: string;
    readonly npmPackage?: string;
    readonly error?: string;
  }[];
  readonly npmPackages: Readonly<Record<string, NpmPackage>>;
}

/** A package as the lock file has it; all of them are listed, whether they are imported or not. */
export interface NpmPackage {
  readonly name: string;
  readonly version: string;
  readonly dependencies: readonly string[];
  /** Its folder, with `node_modules/.deno/` in it. */
  readonly localPath: string;
}

/** Deno's name for a processor, which npm uses as well. */
export type Architecture = "x64" | "arm64";

/** What images call it. Empty: the one that runs this. @throws {TypeError} For any other. */
export function architectureOf(targetArch: string, own = Deno.build.arch): Architecture {
  const name = targetArch === "" ? own : targetArch;
  if (name === "amd64" || name === "x86_64") return "x64";
  if (name === "arm64" || name === "aarch64") return "arm64";
  throw new TypeError(`Cannot make an image for this architecture: ${name} (amd64 or arm64)`);
}

/** The packages that are imported, or that an imported one needs, by their key in the lock file. */
export function runtimePackages(graphs: readonly ModuleGraph[]): ReadonlySet<string> {
  const found = new Set<string>();
  const add = (key: string, packages: ModuleGraph["npmPackages"]): void => {
    const entry = packages[key];
    // A dependency for another platform need not be in the lock file.
    if (entry === undefined || found.has(key)) return;
    found.add(key);
    for (const dependency of entry.dependencies) add(dependency, packages);
  };
  for (const { modules, npmPackages } of graphs) {
    const broken = modules.find(({ error }) => error !== undefined);
    if (broken !== undefined) throw new TypeError(`Cannot read modules: ${broken.error}`);
    for (const { npmPackage } of modules) {
      if (npmPackage !== undefined) add(npmPackage, npmPackages);
    }
  }
  return found;
}

/** The folder of a package below `node_modules/.deno`. */
export function folderOf({ localPath }: Pick<NpmPackage, "localPath">): string {
  const folder = /\/node_modules\/\.deno\/([^/]+)\//.exec(localPath)?.[1];
  if (folder === undefined) {
    throw new TypeError(`Cannot tell the folder of a package: ${localPath}`);
  }
  return folder;
}

/**
 * Which native parts of a platform are missing, as a sentence; `null`: none. Without node-datachannel's, for one,
 * frames would go over the WebSocket only, and nobody would be told why.
 *
 * @param files Paths of all files below `node_modules/.deno`.
 */
export function missingNatives(files: readonly string[], arch: Architecture): string | null {
  const wanted: Readonly<Record<string, RegExp>> = {
    "onnxruntime-node": new RegExp(
      `/onnxruntime-node/bin/napi-v\\d+/linux/${arch}/onnxruntime_binding\\.node$`,
    ),
    "onnxruntime-node's library": new RegExp(
      `/onnxruntime-node/bin/napi-v\\d+/linux/${arch}/libonnxruntime\\.so[.\\d]*$`,
    ),
    "node-datachannel": new RegExp(`^@node-datachannel\\+linux-${arch}-gnu@[^/]+/.*\\.node$`),
  };
  const missing = Object.entries(wanted)
    .filter(([, pattern]) => !files.some((file) => pattern.test(file)))
    .map(([name]) => name);
  if (missing.length === 0) return null;
  return `Native parts for linux-${arch} are missing: ${
    missing.join(", ")
  }. Build on that platform, ` +
    `or with \`docker buildx build --platform\``;
}

/**
 * Whether a path below `node_modules/.deno` is for another platform than Linux with glibc on `arch`:
 * a folder of natives of onnxruntime-node, or a platform package of node-datachannel.
 */
export function isForeign(path: string, arch: Architecture): boolean {
  const ort = /\/onnxruntime-node\/bin\/napi-v\d+\/([^/]+)(?:\/([^/]+))?$/.exec(path);
  if (ort !== null) return ort[1] !== "linux" || (ort[2] !== undefined && ort[2] !== arch);
  const rtc = /^@node-datachannel\+([^@/]+)@[^/]+$/.exec(path);
  return rtc !== null && rtc[1] !== `linux-${arch}-gnu`;
}

/** Of this project's `deno.json`, what the image needs. */
export interface ProjectConfig {
  readonly version: string;
  readonly imports: Readonly<Record<string, string>>;
  readonly compilerOptions: unknown;
  readonly permissions: { readonly start: unknown };
}

/**
 * The image's own `deno.json`: packages are there already, and there is nothing to check or build. Pages and
 * health documents have the version from it.
 */
export function imageConfig(
  { version, imports, compilerOptions, permissions }: ProjectConfig,
  graphs: readonly ModuleGraph[],
) {
  const imported = new Set(graphs.flatMap(({ modules }) => modules.map((m) => m.npmPackage)));
  const isUsed = (target: string) => !target.startsWith("npm:") || imported.has(target.slice(4));
  return {
    version,
    nodeModulesDir: "manual",
    imports: Object.fromEntries(Object.entries(imports).filter(([, target]) => isUsed(target))),
    compilerOptions,
    permissions: { start: permissions.start },
    lock: false,
  };
}
