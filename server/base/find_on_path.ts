/** Where the system would find a program; `null`: nowhere. For the launcher, which may look. */
export async function findOnPath(program: string): Promise<string | null> {
  const isWindows = Deno.build.os === "windows";
  const folders = (Deno.env.get("PATH") ?? "").split(isWindows ? ";" : ":");
  const endings = isWindows ? [".exe", ".cmd"] : [""];
  const paths = folders.filter((folder) => folder !== "")
    .flatMap((folder) => endings.map((ending) => `${folder}/${program}${ending}`));
  for (const path of paths) {
    const info = await Deno.stat(path).catch(() => null);
    if (info?.isFile && (isWindows || ((info.mode ?? 0) & 0o111) !== 0)) return path;
  }
  return null;
}
