import { epochMs } from "../base/epoch.ts";
import { pageTimers } from "../base/timers.ts";
import { readBrowserFacts } from "../inference/backend_choice.ts";
import { storedBackendMemory } from "../inference/backend_memory.ts";
import type { DetectorEvents, Side } from "../inference/detector.ts";
import { LocalDetector } from "../inference/local_detector.ts";
import { RelayedDetector } from "../inference/relayed_detector.ts";
import { RemoteDetector } from "../inference/remote_detector.ts";
import { ServerDetector } from "../inference/server_detector.ts";
import { startFlowWorker, startWorker } from "../inference/worker_host.ts";
import type { CaptureOf } from "../metrics/sample_log.ts";
import type { InferenceStreams } from "../rtc/inference_streams.ts";
import type { DetectorParts, DetectorPoolOptions } from "../detection/detector_pool.ts";
import type { RunBook } from "../detection/run_book.ts";

/** What detectors are made with. */
export interface DetectorMakerOptions {
  streams(): InferenceStreams;
  readonly captureOf: CaptureOf;
  /** Notes how long each model's runs take. */
  readonly runs: Pick<RunBook, "note">;
}

/** Makes detectors with this browser's own Workers, clocks and connections. */
export function detectorMakers(
  { streams, captureOf, runs }: DetectorMakerOptions,
): DetectorPoolOptions["create"] {
  const noting = (side: Side, { model, events }: DetectorParts): DetectorEvents => ({
    ...events,
    onState(state) {
      runs.note(side, model, state);
      events.onState(state);
    },
  });
  return {
    local: (parts) =>
      new LocalDetector({
        model: parts.model,
        settings: parts.settings,
        facts: readBrowserFacts(),
        timers: pageTimers,
        startWorker,
        memory: storedBackendMemory(() => localStorage, navigator.userAgent),
        ...noting("local", parts),
      }),
    server(made) {
      const { model, settings: first } = made;
      const events = noting("server", made);
      const parts = { model, startWorker: startFlowWorker, epochMs, captureOf, ...events };
      const openStream = (...wanted: Parameters<InferenceStreams["open"]>) =>
        streams().open(...wanted);
      return new ServerDetector({
        settings: first,
        sent: (settings) =>
          new RemoteDetector({ ...parts, timers: pageTimers, settings, openStream }),
        relayed: (frames, settings) =>
          new RelayedDetector({ ...parts, settings, frames, openStream }),
      });
    },
  };
}
