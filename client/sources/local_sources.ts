import type { CameraName, Profile } from "@/protocol";
import { CAMERA_SENTENCES, openComputerCamera } from "./computer_camera.ts";
import { endpointId, type EndpointIo, openEndpoint } from "./endpoint_source.ts";
import { type LocalSource, LocalSourceError } from "./local_source.ts";
import { openVideoFile } from "./video_file.ts";

/** What sources are taken from, and whom they tell. */
export interface LocalSourcesOptions {
  /** `undefined` where the page is not secure. */
  readonly devices: Pick<MediaDevices, "getUserMedia"> | undefined;
  /** @default {openVideoFile} */
  readonly openFile?: (file: File) => Promise<LocalSource>;
  readonly endpoints: EndpointIo;
  /** Another source, or none any more. */
  onSource(source: LocalSource | null): void;
  /** A sentence for the screen; `null`: all is well again. */
  onProblem(sentence: string | null): void;
}

/** This computer's camera, a video file or an endpoint, one at a time, for those who have no phone at hand. */
export class LocalSources {
  readonly #options: LocalSourcesOptions;
  #source: LocalSource | null = null;
  /** Grows with every wish: an answer to an older one is dropped. */
  #turn = 0;

  constructor(options: LocalSourcesOptions) {
    this.#options = options;
  }

  /** Takes the camera. Call it from a click: browsers ask the person then. */
  openCamera(profile: Profile): Promise<void> {
    return this.#open(() => openComputerCamera(this.#options.devices, profile));
  }

  /** Plays a file over and over. */
  openFile(file: File): Promise<void> {
    return this.#open(() => (this.#options.openFile ?? openVideoFile)(file));
  }

  /** Plays an endpoint that the server's operator named, or lets it go. */
  playEndpoint(name: CameraName, on: boolean): void {
    if (on) void this.#open(() => openEndpoint(name, this.#options.endpoints));
    else if (this.#source?.id === endpointId(name)) this.stop();
  }

  /** Lets go of the present source. */
  stop(): void {
    this.#turn++;
    this.#options.onProblem(null);
    if (this.#source !== null) this.#become(null);
  }

  async #open(open: () => Promise<LocalSource>): Promise<void> {
    const turn = ++this.#turn;
    this.#options.onProblem(null);
    try {
      const source = await open();
      if (turn !== this.#turn) return source.stop();
      this.#become(source);
      source.track.addEventListener("ended", () => this.#ended(source));
    } catch (error) {
      if (turn !== this.#turn) return;
      this.#options.onProblem(sentenceOf(error));
    }
  }

  /** By the system, for example because the camera was unplugged; `stop()` does not fire this. */
  #ended(source: LocalSource): void {
    if (source !== this.#source) return;
    this.#become(null);
    this.#options.onProblem(source.lost ?? CAMERA_SENTENCES.lost);
  }

  #become(source: LocalSource | null): void {
    const before = this.#source;
    this.#source = source;
    this.#options.onSource(source);
    before?.stop();
  }
}

function sentenceOf(error: unknown): string {
  return error instanceof LocalSourceError ? error.message : CAMERA_SENTENCES.unknown;
}
