import { useEffect, useMemo, useState } from "preact/hooks";
import QRCode from "qrcode";

/** What the join panel shows. */
export interface JoinPanelProps {
  /** Join links by address, the likeliest first; each carries the join token in its fragment. */
  readonly links: readonly {
    readonly label: string;
    readonly url: string;
    /** It works from every network. */
    readonly isTunnel: boolean;
  }[];
  /** Asks the server for a code that can be typed. */
  readonly onRequestCode: () => Promise<{ code: string; expiresInMs: number }>;
}

/** Modules of white around a QR code; the standard asks for four. */
const QUIET_MODULES = 4;

/** Invites a phone: QR code, link, address choice and a code to type. */
export function JoinPanel({ links, onRequestCode }: JoinPanelProps) {
  const [index, setIndex] = useState(0);
  const link = links[Math.min(index, links.length - 1)];
  if (link === undefined) return <p>A phone cannot open any of this server's addresses.</p>;
  return (
    <div class="join">
      <div class="join-qr" data-testid="qr">
        <QrImage text={link.url} />
      </div>
      <div class="join-text">
        <p>
          <strong>Scan with the phone's camera.</strong> {link.isTunnel
            ? "It can be on any network: pages come through the tunnel."
            : "The phone must be on the same network. It warns about the certificate once. " +
              "Accept it."}
        </p>
        {links.length > 1 && (
          <label class="field">
            Address
            <select
              aria-label="Address"
              value={index}
              onChange={(event) => setIndex(Number(event.currentTarget.value))}
            >
              {links.map(({ label }, i) => <option key={label} value={i}>{label}</option>)}
            </select>
          </label>
        )}
        <div class="row">
          <CopyButton text={link.url} />
          <a data-testid="join-link" href={link.url} target="_blank" rel="noreferrer">
            {new URL(link.url).host}/join/…
          </a>
        </div>
        <TypedCode origin={new URL(link.url).origin} onRequestCode={onRequestCode} />
      </div>
    </div>
  );
}

/** A QR code as one SVG path, black on white in either theme so that every scanner reads it. */
function QrImage({ text }: { text: string }) {
  const { size, path } = useMemo(() => qrPath(text), [text]);
  const side = size + 2 * QUIET_MODULES;
  return (
    <svg viewBox={`0 0 ${side} ${side}`} role="img" aria-label="QR code of the join link">
      <rect width={side} height={side} fill="#fff" />
      <path d={path} fill="#000" shape-rendering="crispEdges" />
    </svg>
  );
}

function qrPath(text: string): { size: number; path: string } {
  const { modules } = QRCode.create(text, { errorCorrectionLevel: "M" });
  let path = "";
  for (let row = 0; row < modules.size; row++) {
    for (let column = 0; column < modules.size; column++) {
      if (modules.get(row, column)) {
        path += `M${column + QUIET_MODULES} ${row + QUIET_MODULES}h1v1h-1z`;
      }
    }
  }
  return { size: modules.size, path };
}

/** Copies `text`; says that it did, or selects nothing and says how else. */
export function CopyButton({ text, children = "Copy link" }: { text: string; children?: string }) {
  const [outcome, setOutcome] = useState<"" | "Copied" | "Copy the link shown here instead">("");
  useEffect(() => {
    if (outcome === "") return;
    const timer = setTimeout(() => setOutcome(""), 2500);
    return () => clearTimeout(timer);
  }, [outcome]);
  function copy(): void {
    navigator.clipboard.writeText(text).then(
      () => setOutcome("Copied"),
      () => setOutcome("Copy the link shown here instead"),
    );
  }
  return (
    <button type="button" class="button" onClick={copy}>
      <span aria-live="polite">{outcome || children}</span>
    </button>
  );
}

interface ShownCode {
  readonly code: string;
  readonly expiresInMs: number;
  /** For people. */
  readonly untilMs: number;
}

function TypedCode(
  { origin, onRequestCode }: { origin: string; onRequestCode: JoinPanelProps["onRequestCode"] },
) {
  const [state, setState] = useState<ShownCode | string | null>(null);
  useEffect(() => {
    if (state === null || typeof state === "string") return;
    const timer = setTimeout(() => setState(null), state.expiresInMs);
    return () => clearTimeout(timer);
  }, [state]);
  function request(): void {
    onRequestCode().then(
      ({ code, expiresInMs }) => setState({ code, expiresInMs, untilMs: Date.now() + expiresInMs }),
      (error) => setState(error instanceof Error ? error.message : String(error)),
    );
  }
  if (state !== null && typeof state === "object") {
    return (
      <p data-testid="typed-code">
        Type on the phone: <strong class="code">{origin}/j/{state.code}</strong>
        <span class="soft small">
          &nbsp;(until {new Date(state.untilMs).toLocaleTimeString([], { timeStyle: "short" })})
        </span>
      </p>
    );
  }
  return (
    <p>
      <button type="button" class="button" onClick={request}>Show a code to type</button>
      {state !== null && <span role="alert">&nbsp;{state}</span>}
    </p>
  );
}
