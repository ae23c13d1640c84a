import { fileURLToPath } from "node:url";
import { exists, ROOT, run, type RunResult } from "./process.ts";

const FOLDER = "server/deploy/kubernetes";

/** What is made of them: the overlays, and one with the components that no overlay has. */
const OVERLAYS = ["single", "ha", "gpu"];
const COMPONENTS = ["turn", "queue-age"];

/** Where what is rendered stands, and the Python that checks it. */
const OUT = ".out/manifests";

/** A schema for each kind of each version is in the package, so it asks nobody. */
const REQUIREMENTS = `${FOLDER}/requirements.txt`;
const INSTALL_TIMEOUT_MS = 5 * 60_000;

const keep = { output: "keep" } as const;

/**
 * Renders the Kubernetes manifests as `kubectl apply -k` would, and holds what comes out to the published
 * schemas. Without kubectl or Python it is skipped.
 */
export async function checkManifests(): Promise<RunResult | { readonly skip: string }> {
  const render = await renderer();
  if (render === null) return { skip: "no kubectl and no kustomize" };
  await Deno.mkdir(`${ROOT}/${OUT}`, { recursive: true });
  const python = await pythonHere();
  if (python === null) return { skip: "no Python that could have kubernetes-validate" };
  await Deno.writeTextFile(
    `${ROOT}/${OUT}/kustomization.yaml`,
    [
      "apiVersion: kustomize.config.k8s.io/v1beta1",
      "kind: Kustomization",
      "namespace: peerlens",
      "resources:",
      ...["base", "nats"].map((name) => `  - ../../${FOLDER}/${name}`),
      "components:",
      ...["udp-host-ports", ...COMPONENTS].map((name) => `  - ../../${FOLDER}/components/${name}`),
      "",
    ].join("\n"),
  );
  const folders = [...OVERLAYS.map((name) => `${FOLDER}/overlays/${name}`), OUT];
  for (const [at, folder] of folders.entries()) {
    const rendered = await run([...render, folder], keep);
    if (rendered.code !== 0) return rendered;
    const path = `${ROOT}/${OUT}/${at}.yaml`;
    await Deno.writeTextFile(path, rendered.text);
    const checked = await run([python, "-m", "kubernetes_validate", "--strict", path], keep);
    if (checked.code !== 0) return { ...checked, text: `${folder}:\n${checked.text}` };
  }
  return { code: 0, text: "" };
}

/** The command before the folder. */
async function renderer(): Promise<readonly string[] | null> {
  if ((await run(["kustomize", "version"], keep)).code === 0) return ["kustomize", "build"];
  if ((await run(["kubectl", "version", "--client"], keep)).code === 0) {
    return ["kubectl", "kustomize"];
  }
  return null;
}

async function pythonHere(): Promise<string | null> {
  const folder = fileURLToPath(new URL(`../${OUT}/python`, import.meta.url));
  const path = `${folder}/bin/python`;
  if (exists(`${OUT}/python/bin/kubernetes-validate`)) return path;
  const steps = [
    ["python3", "-m", "venv", "--clear", folder],
    [path, "-m", "pip", "install", "--quiet", "-r", REQUIREMENTS],
  ];
  for (const step of steps) {
    const { code } = await run(step, { ...keep, timeoutMs: INSTALL_TIMEOUT_MS });
    if (code !== 0) return null;
  }
  return path;
}
