import { parseJunit } from "./junit.ts";
import { ROOT, run } from "./process.ts";
import { failWhenEmpty, type SuiteResult } from "./report.ts";

/** What the recipe and its tests stand on; a fraction of it tells whether all of it is there. */
const IMPORTS = "import cv2, numpy, onnx, onnxruntime, pycocotools, pytest, torch";

const TIMEOUT_MS = 10 * 60_000;

/**
 * The tests of the training recipe, where there is a Python that has what they need; nobody else
 * has to download PyTorch. Those that read all photographs are left to people.
 */
export async function trainingSuite(): Promise<SuiteResult> {
  const name = "training";
  const python = Deno.env.get("PEERLENS_PYTHON") || "python3";
  const { code } = await run([python, "-c", IMPORTS], { output: "keep" });
  if (code !== 0) {
    const notRun = "no Python with models/training/requirements.txt (PEERLENS_PYTHON names one)";
    return { name, passed: 0, failed: 0, skipped: [], notRun, seconds: 0 };
  }
  const junit = `${ROOT}/.out/junit/training.xml`;
  await Deno.mkdir(`${ROOT}/.out/junit`, { recursive: true });
  await Deno.remove(junit).catch(() => {});
  const started = performance.now();
  const tests = [python, "-m", "pytest", "-q", "-m", "not slow", `--junit-xml=${junit}`];
  const result = await run(tests, { cwd: `${ROOT}/models/training`, timeoutMs: TIMEOUT_MS });
  const counts = parseJunit(await Deno.readTextFile(junit).catch(() => ""));
  const failed = counts.failed.length || (result.code === 0 ? 0 : 1);
  const seconds = (performance.now() - started) / 1000;
  return failWhenEmpty({ name, passed: counts.passed, failed, skipped: counts.skipped, seconds });
}
