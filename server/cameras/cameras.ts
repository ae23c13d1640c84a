import type { CameraName } from "@/protocol";
import { refusalOf, type RtcPlace } from "../rtc/rtc_config.ts";
import { Camera } from "./camera.ts";
import { CameraConnection } from "./camera_connection.ts";
import type { CameraSpec } from "../base/camera_spec.ts";
import { CameraCounters } from "./counters.ts";
import type {
  CameraMessage,
  CameraSession,
  CameraSignal,
  CameraStats,
  FromCameras,
  ToCameras,
} from "./ipc.ts";
import type { I420Picture } from "./scene.ts";
import { scenePhoto, sceneSource } from "./scene_source.ts";
import { ffmpegSource, type OpenSource } from "./source.ts";

/** Connections at once, over all cameras: each is a copy of a video, encrypted for itself. */
export const MAX_CAMERA_CONNECTIONS = 64;

/** What is given to all cameras. */
export interface CamerasOptions {
  readonly specs: readonly CameraSpec[];
  /** The program: a path, or its name on `PATH`. */
  readonly ffmpeg: string;
  readonly place: RtcPlace;
  /** See `server/base/clock.ts`. */
  readonly now: () => number;
  /** @returns Whether it goes out. */
  readonly send: (message: FromCameras, binary?: Uint8Array) => boolean;
}

interface Session {
  readonly camera: Camera;
  readonly connection: CameraConnection;
}

/** All cameras of this server, and the connections to those who watch them. */
export class Cameras {
  readonly #options: CamerasOptions;
  readonly #cameras: ReadonlyMap<CameraName, Camera>;
  readonly #sessions = new Map<CameraSession, Session>();
  readonly #counters = new CameraCounters();
  #photo: Promise<I420Picture | null> | null = null;

  constructor(options: CamerasOptions) {
    this.#options = options;
    this.#cameras = new Map(
      options.specs.filter(({ kind }) => kind !== "whep" && kind !== "boxes")
        .map((spec) => [spec.name, this.#make(spec)]),
    );
  }

  /** Takes a message of the parent's. */
  take(message: Exclude<ToCameras, { kind: "cameras" }>): void {
    switch (message.kind) {
      case "open":
        return this.#open(message);
      case "signal":
        return this.#signal(message.session, message.signal);
      case "close":
        return this.#close(message.session);
      case "tap":
        return this.#cameras.get(message.camera)?.tap(message.on ? message.minIntervalMs : null);
      case "boxes":
        return this.#cameras.get(message.camera)?.boxes(message.rtpTimestamp, message.boxes);
    }
  }

  /** Says how each camera is, used or not: whoever hears it may remember an earlier process. */
  tellAll(): void {
    for (const [camera, { status }] of this.#cameras) this.#tell(camera, status);
  }

  /** To be called several times a second. @param lateMs How much later than it was due. */
  tick(lateMs: number): void {
    for (const camera of this.#cameras.values()) camera.tick(lateMs);
  }

  /** For heartbeats. */
  get stats(): Omit<CameraStats, "rssBytes" | "cpuMs"> {
    const { framesRead, framesSent, framesDropped } = this.#counters;
    return { connections: this.#sessions.size, framesRead, framesSent, framesDropped };
  }

  /** Ends all that runs. */
  close(): void {
    for (const session of [...this.#sessions.keys()]) this.#close(session);
    for (const camera of this.#cameras.values()) camera.close();
  }

  #make(spec: CameraSpec): Camera {
    const { ffmpeg, send } = this.#options;
    const camera = spec.name;
    return new Camera({
      spec,
      ffmpeg,
      openSource: this.#sourceOf(spec),
      counters: this.#counters,
      onStatus: (status, problem) => this.#tell(camera, { status, problem }),
      onBurned: (on) => void send({ kind: "burned", camera, on }),
      onTapped: ({ jpeg, rtpTimestamp, captureTimeMs, widthPx, heightPx }) => {
        const fields = { rtpTimestamp, captureTimeMs, widthPx, heightPx };
        const isSent = send({ kind: "frame", camera, ...fields }, jpeg);
        if (!isSent) this.#counters.drop("parent-slow");
      },
      onLine: (line) =>
        void send({ kind: "log", level: "debug", event: "camera says", fields: { camera, line } }),
    });
  }

  #sourceOf(spec: CameraSpec): OpenSource {
    const { ffmpeg, now } = this.#options;
    if (spec.kind !== "scene") return (events) => ffmpegSource({ ffmpeg, spec, now }, events);
    return (events) => {
      this.#photo ??= scenePhoto(ffmpeg);
      return sceneSource({ photo: this.#photo, now }, events);
    };
  }

  /** Of a camera, and of those that have their pictures from it. */
  #tell(name: CameraName, how: Camera["status"]): void {
    const { specs, send } = this.#options;
    const others = specs.filter(({ kind, source }) => kind === "boxes" && source === name);
    for (const camera of [name, ...others.map((spec) => spec.name)]) {
      send({ kind: "status", camera, ...how });
    }
  }

  #open({ session, camera: name, iceServers }: Extract<ToCameras, { kind: "open" }>): void {
    const spec = this.#options.specs.find((one) => one.name === name);
    const view = spec?.kind === "boxes" ? "burned" : "plain";
    const camera = this.#cameras.get(view === "burned" ? spec!.source as CameraName : name);
    if (camera === undefined) return this.#tellEnded(session, "no-camera");
    if (this.#sessions.size >= MAX_CAMERA_CONNECTIONS) return this.#tellEnded(session, "full");
    this.#close(session);
    try {
      const connection = new CameraConnection({
        place: this.#options.place,
        iceServers,
        now: this.#options.now,
        state: () => camera.state,
        onSignal: (signal) => void this.#options.send({ kind: "signal", session, signal }),
        onLost: () => {
          if (this.#sessions.get(session)?.connection !== connection) return;
          this.#close(session);
          this.#tellEnded(session, "lost");
        },
      });
      this.#sessions.set(session, { camera, connection });
      camera.watch(connection, view);
    } catch (error) {
      this.#fault("no connection", error);
      this.#tellEnded(session, refusalOf(error) === "no-port" ? "full" : "lost");
    }
  }

  #signal(session: CameraSession, signal: CameraSignal): void {
    const connection = this.#sessions.get(session)?.connection;
    // Late ones of a connection that is gone are no news to anybody.
    if (connection === undefined) return;
    try {
      if (signal.kind === "answer") connection.answer(signal);
      else connection.addCandidate(signal);
    } catch (error) {
      this.#fault("signal refused", error);
      if (signal.kind !== "answer") return;
      this.#close(session);
      this.#tellEnded(session, "lost");
    }
  }

  #close(session: CameraSession): void {
    const open = this.#sessions.get(session);
    if (open === undefined) return;
    this.#sessions.delete(session);
    open.camera.unwatch(open.connection);
    open.connection.close();
  }

  #tellEnded(
    session: CameraSession,
    cause: Extract<CameraMessage, { kind: "ended" }>["cause"],
  ): void {
    this.#options.send({ kind: "ended", session, cause });
  }

  #fault(event: string, error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    this.#options.send({
      kind: "log",
      level: "warn",
      event: `camera: ${event}`,
      fields: { reason },
    });
  }
}
