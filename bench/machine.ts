import { cpus, totalmem } from "node:os";

/** What a figure was measured on. */
export function machineFacts() {
  const cores = cpus();
  return {
    cpu: cores[0]?.model ?? null,
    cores: cores.length,
    "memory_mb": Math.round(totalmem() / 2 ** 20),
    os: Deno.build.os,
    arch: Deno.build.arch,
    deno: Deno.version.deno,
  };
}
