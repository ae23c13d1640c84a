/** The computer gets another address: the certificate has to name it at the next start. */
import { X509Certificate } from "node:crypto";
import { connect } from "node:tls";
import { startServer } from "../server.ts";
import type { FaultCase, FaultContext, FaultResult } from "./fault_case.ts";

/** Names by which the server shall be reached, one after the other; two of them twice. */
const NAMES = [
  "192.0.2.10",
  "192.0.2.10",
  "192.0.2.11",
  "peerlens.example",
  "2001:db8::7",
  "192.0.2.10",
  "192.0.2.10",
];

/** See {@linkcode FaultCase}. */
export const changedAddress: FaultCase = {
  name: "changed-address",
  title: "The certificate after a change of address",
  limitS: 180,
  needs: null,
  async run({ progress, stack }: FaultContext): Promise<FaultResult> {
    const folder = await Deno.makeTempDir({ prefix: "peerlens-faults-" });
    stack.defer(() => Deno.remove(folder, { recursive: true }));
    const answers: Record<string, number> = { "made anew": 0, "kept": 0 };
    const violations: string[] = [];
    let before: X509Certificate | null = null;
    const had = new Set<string>();
    for (const name of NAMES) {
      progress.step(name);
      const host = name.includes(":") ? `[${name}]` : name;
      const certificate = await shownWith(host, folder);
      const isSame = before?.fingerprint256 === certificate.fingerprint256;
      answers[isSame ? "kept" : "made anew"]! += 1;
      const covers = /^[\d.]+$|:/.test(name)
        ? certificate.checkIP(name)
        : certificate.checkHost(name);
      if (covers === undefined) violations.push(`${name} is not in the certificate`);
      if (certificate.checkHost("localhost") === undefined) {
        violations.push("localhost is not in it");
      }
      if (had.has(name) && before !== null && !isSame && coversName(before, name)) {
        violations.push(`${name}: made anew though the old one named it`);
      }
      had.add(name);
      before = certificate;
    }
    return {
      tried: NAMES.length,
      what: "starts under changing names and addresses, with the same data folder",
      answers,
      lost: violations.length === 0 ? "nothing" : "see violations",
      recoveryMs: [],
      violations,
    };
  },
};

function coversName(certificate: X509Certificate, name: string): boolean {
  return (/^[\d.]+$|:/.test(name) ? certificate.checkIP(name) : certificate.checkHost(name)) !==
    undefined;
}

/** Starts the app under a name, reads the certificate from its port, and ends it. */
async function shownWith(host: string, dataDir: string): Promise<X509Certificate> {
  await using server = await startServer({
    flags: ["--public-host", host],
    env: { "PEERLENS_DATA_DIR": dataDir },
  });
  return await new Promise((resolve, reject) => {
    const socket = connect({
      port: server.ports.https,
      host: "127.0.0.1",
      rejectUnauthorized: false,
    }, () => {
      resolve(new X509Certificate(socket.getPeerCertificate().raw));
      socket.destroy();
    });
    socket.once("error", reject);
  });
}
