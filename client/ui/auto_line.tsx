import type { AutoFigures } from "../inference/auto_choice.ts";
import type { Side } from "../inference/detector.ts";

/** What `auto` compares, and what it took. */
export function AutoLine({ figures, side }: { figures: AutoFigures; side: Side | null }) {
  return (
    <p class="small soft" data-testid="auto">
      Expected per frame: this browser {words(figures.local)}, server {words(figures.server)}.{" "}
      In use: {side === "server" ? "the server" : "this browser"}.
    </p>
  );
}

function words(figure: AutoFigures["local"]): string {
  if (figure === null) return "not measured yet";
  return figure === "failed" ? "not available" : `${figure.toFixed(0)} ms`;
}
