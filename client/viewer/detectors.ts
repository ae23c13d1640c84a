import { epochMs } from "../base/epoch.ts";
import { consoleLog } from "../base/log.ts";
import { pageTimers } from "../base/timers.ts";
import { readBrowserFacts } from "../inference/backend_choice.ts";
import { storedBackendMemory } from "../inference/backend_memory.ts";
import { LocalDetector } from "../inference/local_detector.ts";
import { RelayedDetector } from "../inference/relayed_detector.ts";
import { RemoteDetector } from "../inference/remote_detector.ts";
import { ServerDetector } from "../inference/server_detector.ts";
import { startEncodeWorker, startWorker } from "../inference/worker_host.ts";
import type { CaptureOf } from "../metrics/sample_log.ts";
import type { InferenceStreams } from "../rtc/inference_streams.ts";
import type { DetectorPoolOptions } from "./detector_pool.ts";

/** Makes detectors with this browser's own Workers, clocks and connections. */
export function detectorMakers(
  streams: () => InferenceStreams,
  captureOf: CaptureOf,
): DetectorPoolOptions["create"] {
  return {
    local: ({ model, settings, events }) =>
      new LocalDetector({
        model,
        settings,
        facts: readBrowserFacts(),
        startWorker,
        memory: storedBackendMemory(localStorage, navigator.userAgent),
        ...events,
      }),
    server({ model, settings: first, events }) {
      const parts = { model, timers: pageTimers, log: consoleLog, epochMs, captureOf, ...events };
      const openLink = (...wanted: Parameters<InferenceStreams["open"]>) =>
        streams().open(...wanted);
      return new ServerDetector({
        settings: first,
        sent: (settings) =>
          new RemoteDetector({ ...parts, settings, startWorker: startEncodeWorker, openLink }),
        relayed: (frames, settings) =>
          new RelayedDetector({ ...parts, settings, frames, openLink }),
      });
    },
  };
}
