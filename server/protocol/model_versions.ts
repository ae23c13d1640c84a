// This module is browser compatible.

/** What an ONNX file says it is written in. */
export interface ModelVersions {
  /** Version of the file format; `null`: not said. */
  readonly irVersion: number | null;
  /** Versions of operator sets by domain; the operators of ONNX itself have none. */
  readonly opsets: ReadonlyMap<string, number>;
}

/**
 * The newest that onnxruntime 1.30 reads, in browsers and on the server; a test asks it.
 * Source: its own refusals.
 */
export const RUNTIME_READS = { irVersion: 13, opsets: { "": 26, "ai.onnx.ml": 5 } } as const;

/**
 * Why the runtime does not read a file, and what makes it one that it reads, as a sentence without its
 * end; `null`: it reads it.
 * @param file Name of the file, for the command.
 */
export function versionFault({ irVersion, opsets }: ModelVersions, file: string): string | null {
  if (irVersion !== null && irVersion > RUNTIME_READS.irVersion) {
    return irFault(irVersion, RUNTIME_READS.irVersion, file);
  }
  for (const [domain, reads] of Object.entries(RUNTIME_READS.opsets)) {
    const is = opsets.get(domain) ?? 0;
    if (is > reads) return opsetFault({ domain, is, reads }, file);
  }
  return null;
}

/** The same for what the runtime said of a file; `null`: it speaks of something else. */
export function versionFaultIn(words: string, file: string): string | null {
  const ir = /Unsupported model IR version: (\d+), max supported IR version: (\d+)/.exec(words);
  if (ir !== null) return irFault(Number(ir[1]), Number(ir[2]), file);
  const opset = /Opset (\d+) is under development.* for domain (\S+) is till opset (\d+)/s
    .exec(words);
  if (opset === null) return null;
  const domain = opset[2] === "ai.onnx" ? "" : opset[2]!;
  return opsetFault({ domain, is: Number(opset[1]), reads: Number(opset[3]) }, file);
}

function irFault(is: number, reads: number, file: string): string {
  const [from, to] = [quoted(file), quoted(renamed(file, `ir${reads}`))];
  return `it has IR version ${is}, and this runtime reads up to ${reads}; save it as one of ` +
    `those: python -c "import onnx; m = onnx.load(${from}); m.ir_version = ${reads}; ` +
    `onnx.save(m, ${to})"`;
}

function opsetFault(
  { domain, is, reads }: { readonly domain: string; readonly is: number; readonly reads: number },
  file: string,
): string {
  if (domain !== "") {
    return `it has opset ${is} of ${domain}, and this runtime reads up to ${reads}; export it ` +
      "anew with an older converter";
  }
  const [from, to] = [quoted(file), quoted(renamed(file, `opset${reads}`))];
  return `it has opset ${is}, and this runtime reads up to ${reads}; convert it: python -c ` +
    `"import onnx, onnx.version_converter as c; ` +
    `onnx.save(c.convert_version(onnx.load(${from}), ${reads}), ${to})", or export it anew ` +
    `with torch.onnx.export(…, opset_version=${reads})`;
}

function renamed(file: string, part: string): string {
  return `${file.replace(/\.onnx$/i, "")}-${part}.onnx`;
}

/** For Python within a shell's double quotes. What could end either is left to the reader. */
function quoted(file: string): string {
  return /^[^'"\\$`!\p{Cc}]*$/u.test(file) ? `'${file}'` : "'model.onnx'";
}
