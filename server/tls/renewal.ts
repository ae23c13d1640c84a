import { UsageError } from "../base/flags.ts";
import type { KeyPair } from "../base/listen.ts";
import type { Log } from "../base/log.ts";
import { holdsAt } from "./certificate.ts";
import type { LoadedTls } from "./tls.ts";

/** Looked after this often: a computer may learn the time long after its start. */
export const LOOK_MS = 300_000;

/** With less left nobody's convenience is waited for. */
const URGENT_MS = 86_400_000;

/** What a certificate in use is looked after with. */
export interface RenewalOptions {
  readonly current: KeyPair;
  /** Whether there may be another one: ours has to be made anew, or files are not ours to know. */
  readonly isDue: (cert: string, nowMs: number) => boolean;
  readonly load: (nowMs: number) => Promise<LoadedTls>;
  /** Whether no phone would be asked about it just now. */
  readonly isQuiet: () => boolean;
  readonly replace: (pair: KeyPair) => void;
  readonly log: Log;
}

/**
 * Replaces the certificate of a server that runs for longer than it holds. Links go on, but browsers ask
 * about it anew, so it is done while no page is open, as long as there is time for that.
 */
export class CertificateRenewal {
  readonly #options: RenewalOptions;
  #current: KeyPair;
  #warned: string | null = null;

  constructor(options: RenewalOptions) {
    this.#options = options;
    this.#current = options.current;
  }

  /** To be called now and then. @param nowMs Ms since the Unix epoch. */
  async look(nowMs: number): Promise<void> {
    const { isDue, isQuiet, load, replace, log } = this.#options;
    const { cert } = this.#current;
    if (!isDue(cert, nowMs)) return;
    if (!isQuiet() && holdsAt(cert, nowMs, URGENT_MS)) return;
    const loaded = await load(nowMs).catch((error) => {
      // Files that are being replaced by somebody; the next look finds them whole.
      if (error instanceof UsageError) return this.#warn(error.message);
      throw error;
    });
    if (loaded === null) return;
    this.#warn(loaded.warning);
    if (loaded.cert === cert) return;
    replace(loaded);
    this.#current = loaded;
    log.info("certificate replaced", { how: loaded.sentence });
  }

  /** Once, and not every hour. */
  #warn(reason: string | null): null {
    if (reason !== null && reason !== this.#warned) {
      this.#options.log.warn("certificate", { reason });
    }
    this.#warned = reason;
    return null;
  }
}
