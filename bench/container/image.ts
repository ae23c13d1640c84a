import { docker } from "./engine.ts";

/** What is told of an image. */
export interface ImageFacts {
  readonly architecture: string;
  readonly "image_bytes": number;
  readonly "base_bytes": number;
  /** Of Debian's ffmpeg with what it needs; 0 in an image without. */
  readonly "ffmpeg_bytes": number;
  /** What is ours of it. */
  readonly "added_bytes": number;
  readonly "build_s": number | null;
}

/** Parts of packages that have no place in it, as they are called in paths. */
const UNWANTED = ["esbuild", "playwright", "sharp", "fast-check", "onnxruntime-web", "typescript"];

/** Programs that build something. */
const BUILD_TOOLS = ["gcc", "cc", "make", "node", "npm", "python3", "cargo", "curl", "git"];

/** Builds the image. @param network Of the build, where packages are reached only over the host's. */
export async function buildImage(name: string, network: string | null): Promise<number> {
  const startMs = performance.now();
  const more = network === null ? [] : ["--network", network];
  const digest = ["--build-arg", `DENO_DIGEST=${(await baseImage()).digest}`];
  await docker(["build", ...more, ...digest, "--tag", name, "."], { shows: true });
  return (performance.now() - startMs) / 1000;
}

/** Sizes of the image and of the one that it stands on. */
export async function imageFacts(name: string, buildS: number | null): Promise<ImageFacts> {
  const [architecture, size] = (await docker([
    ...["image", "inspect", name, "--format", "{{.Architecture}} {{.Size}}"],
  ])).split(" ");
  const { tag, digest } = await baseImage();
  const base = await docker(["image", "inspect", `${tag}${digest}`, "--format", "{{.Size}}"]);
  const ffmpegBytes = await ffmpegLayerBytes(name);
  return {
    architecture: architecture!,
    "image_bytes": Number(size),
    "base_bytes": Number(base),
    "ffmpeg_bytes": ffmpegBytes,
    "added_bytes": Number(size) - Number(base) - ffmpegBytes,
    "build_s": buildS === null ? null : Math.round(buildS),
  };
}

async function ffmpegLayerBytes(name: string): Promise<number> {
  const layers = (await docker([
    ...["history", "--no-trunc", "--human=false", "--format", "{{.Size}} {{.CreatedBy}}", name],
  ])).split("\n");
  const layer = layers.find((line) =>
    line.includes("apt-get install") && line.includes(" ffmpeg ")
  );
  return layer === undefined ? 0 : Number.parseInt(layer);
}

/** The digest as the environment has it, else as the Dockerfile has it. */
async function baseImage(): Promise<{ readonly tag: string; readonly digest: string }> {
  const dockerfile = await Deno.readTextFile(new URL("../../Dockerfile", import.meta.url));
  const [, version] = /^ARG DENO_VERSION=(\S+)/m.exec(dockerfile)!;
  const [, pinned] = /^ARG DENO_DIGEST=(\S+)/m.exec(dockerfile)!;
  return { tag: `denoland/deno:debian-${version}`, digest: Deno.env.get("DENO_DIGEST") ?? pinned! };
}

/** Looks into the image. @throws {Error} Naming what has no place in it, or is missing. */
export async function checkContents(name: string): Promise<void> {
  const inside = (script: string) =>
    docker(["run", "--rm", "--network", "none", "--entrypoint", "sh", name, "-c", script]);
  const files = (await inside("find /app -type f")).split("\n");
  const unwanted = files.filter((path) =>
    path.startsWith("/app/node_modules/")
      ? UNWANTED.some((part) => path.includes(`/${part}`))
      : /_test\.tsx?$|\.map$/.test(path)
  );
  if (unwanted.length > 0) throw new Error(`The image has what it does not need: ${unwanted[0]}`);
  const natives = files.filter((path) => /\.(node|so(\.\d+)*|dylib|dll)$/.test(path));
  const foreign = natives.filter((path) => /darwin|win32|musl/.test(path));
  if (natives.length < 3 || foreign.length > 0) {
    throw new Error(
      `The image's native parts are not those of its platform: ${natives.join(", ")}`,
    );
  }
  const tools = await inside(
    `for tool in ${BUILD_TOOLS.join(" ")}; do command -v $tool; done; true`,
  );
  if (tools !== "") throw new Error(`The image has build tools: ${tools.replaceAll("\n", ", ")}`);
  const user = await inside("id -u");
  if (user === "0") throw new Error("The image runs as root");
  const writable = await inside("find /app -writable -not -type l | head -n 3");
  if (writable !== "") throw new Error(`The image's user can change its code: ${writable}`);
}
