import { exists, ROOT, run, type RunResult } from "./process.ts";

/** What checks workflows, which cannot run here. */
const ACTIONLINT = "github.com/rhysd/actionlint/cmd/actionlint@v1.7.12";

/** Where it is kept when it was installed here. */
const TOOLS = ".out/tools";

/** Building it takes half a minute; a network that does not answer takes longer. */
const INSTALL_TIMEOUT_MS = 5 * 60_000;

/** Lints the workflows, with actionlint from PATH or built with Go; without both it is skipped. */
export async function checkWorkflows(): Promise<RunResult | { readonly skip: string }> {
  const path = await findActionlint();
  if (path === null) return { skip: "no actionlint, and no Go that could install it" };
  // Only what its own rules say, so that the result is the same wherever it runs.
  return run([path, "-shellcheck=", "-pyflakes=", "-no-color"], { output: "keep" });
}

async function findActionlint(): Promise<string | null> {
  const ours = `${TOOLS}/actionlint`;
  for (const path of ["actionlint", `${ROOT}/${ours}`]) {
    if ((await run([path, "-version"], { output: "keep" })).code === 0) return path;
  }
  const { code } = await run(["go", "install", ACTIONLINT], {
    output: "keep",
    timeoutMs: INSTALL_TIMEOUT_MS,
    env: { GOBIN: `${ROOT}/${TOOLS}` },
  });
  return code === 0 && exists(ours) ? `${ROOT}/${ours}` : null;
}
