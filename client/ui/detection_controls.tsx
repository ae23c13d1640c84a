import type { ComponentChildren } from "preact";
import { type Display, type Mode, type ServedModel, sizeCount, sizeName } from "@/protocol";
import type { DetectionChoices } from "../detection/detection_settings.ts";
import type { PaceView } from "../detection/load_control.ts";
import { ClassFilter } from "./class_filter.tsx";
import { PaceControl } from "./pace_control.tsx";

/** Names of the modes as a person meets them. */
const MODE_NAMES: Readonly<Record<Mode, string>> = {
  wasm: "in this browser (wasm)",
  server: "on the server (server)",
  auto: "whichever is faster (auto)",
  off: "off: video only",
};

/** Names of the displays as a person meets them. */
const DISPLAY_NAMES: Readonly<Record<Display, string>> = {
  live: "live: least delay, boxes follow",
  synced: "synced: a short delay, boxes exact",
};

/** Mode, model, pace, view, thresholds, class filter and mirror. */
export function DetectionControls(props: {
  choices: DetectionChoices;
  pace: PaceView;
  modes: readonly Mode[];
  models: readonly ServedModel[];
  /** A mode is wished for; it may be refused. */
  onMode: (mode: Mode) => void;
  /** More is to be seen of the models. */
  onModels: () => void;
  onChange: (change: Partial<Omit<DetectionChoices, "mode">>) => void;
  /** What the mode means, below it. */
  children: ComponentChildren;
}) {
  const { choices, pace, modes, models, onMode, onModels, onChange, children } = props;
  const model = models.find(({ id }) => id === choices.modelId);
  return (
    <section class="panel" aria-labelledby="detection-heading">
      <h2 id="detection-heading">Detection</h2>
      <label class="field">
        Mode
        <select
          aria-label="Mode"
          value={choices.mode}
          onChange={(event) => {
            const wanted = event.currentTarget.value as Mode;
            // Shows what is in force until the wish is granted.
            event.currentTarget.value = choices.mode;
            onMode(wanted);
          }}
        >
          {modes.map((mode) => <option key={mode} value={mode}>{MODE_NAMES[mode]}</option>)}
        </select>
      </label>
      {children}
      <div class="beside">
        <label class="field">
          Model
          <select
            aria-label="Model"
            value={choices.modelId ?? ""}
            disabled={models.length === 0 || choices.mode === "off"}
            onChange={(event) => onChange({ modelId: event.currentTarget.value })}
          >
            {models.length === 0 && <option value="">none found</option>}
            {models.map(({ id, title }) => <option key={id} value={id}>{title}</option>)}
          </select>
        </label>
        <button type="button" class="button" aria-haspopup="dialog" onClick={onModels}>
          Models …
        </button>
      </div>
      {model !== undefined && sizeCount(model.input) > 1 && (
        <label class="field">
          Input size
          <select
            aria-label="Input size"
            value={sizeNames(model).find((name) => name === choices.size) ?? ""}
            disabled={choices.mode === "off"}
            onChange={(event) => onChange({ size: event.currentTarget.value || null })}
          >
            <option value="">automatic: the largest that keeps up</option>
            {sizeNames(model).map((name) => (
              <option key={name} value={name}>{name.replace("x", "×")}</option>
            ))}
          </select>
        </label>
      )}
      <PaceControl
        chosen={choices.detectionFps}
        pace={pace}
        isOff={choices.mode === "off"}
        onChange={(detectionFps) => onChange({ detectionFps })}
      />
      <label class="field">
        View
        <select
          aria-label="View"
          value={choices.display}
          onChange={(event) => onChange({ display: event.currentTarget.value as Display })}
        >
          {Object.entries(DISPLAY_NAMES).map(([display, name]) => (
            <option key={display} value={display}>{name}</option>
          ))}
        </select>
      </label>
      <Slider
        label="Score at least"
        value={choices.scoreThreshold}
        onChange={(scoreThreshold) => onChange({ scoreThreshold })}
      />
      <Slider
        label="Overlap (IoU) at most"
        value={choices.iouThreshold}
        onChange={(iouThreshold) => onChange({ iouThreshold })}
      />
      <label class="check">
        <input
          type="checkbox"
          checked={choices.mirror}
          onChange={(event) => onChange({ mirror: event.currentTarget.checked })}
        />{" "}
        Mirror the picture
      </label>
      {model !== undefined && (
        <ClassFilter
          labels={model.labels}
          chosen={choices.classes}
          onChange={(classes) => onChange({ classes })}
        />
      )}
    </section>
  );
}

function sizeNames({ input }: ServedModel): string[] {
  return Array.from({ length: sizeCount(input) }, (_, level) => sizeName(input, level));
}

function Slider(
  { label, value, onChange }: { label: string; value: number; onChange: (value: number) => void },
) {
  const percent = `${Math.round(value * 100)} %`;
  return (
    <label class="field">
      <span>{label} {percent}</span>
      <input
        type="range"
        min="0.05"
        max="0.95"
        step="0.05"
        value={value}
        aria-label={label}
        aria-valuetext={percent}
        onInput={(event) => onChange(event.currentTarget.valueAsNumber)}
      />
    </label>
  );
}
