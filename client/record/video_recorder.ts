/** A video that is being recorded. */
export interface RunningVideo {
  /** So far; grows once a second. */
  readonly bytes: number;
  /** Ends it, as the end of the stream does. */
  stop(): void;
}

/** Whom a video that is being recorded tells; each is called once. */
export interface VideoEvents {
  /** Nothing more is recorded. `hasFailed`: the browser gave it up. */
  onOver(hasFailed: boolean): void;
  /** Its file is made, which takes seconds where it is long. */
  onFile(file: Blob): void;
}

/** The first that the browser writes is taken. VP8 costs least work, which inference needs. */
const FORMATS = ["video/webm;codecs=vp8", "video/webm", "video/mp4"];

/** Ten minutes are 300 MB: under the limit of size. */
const BITS_PER_SECOND = 4_000_000;

/** So often the size is looked at, and so much is lost at most when the browser fails. */
const SLICE_MS = 1_000;

/**
 * Starts to record a stream.
 * @param events They come after `stop()`, when the stream is over, or when the browser gives up.
 * @throws {DOMException} If this browser cannot record it.
 */
export function recordVideo(stream: MediaStream, { onOver, onFile }: VideoEvents): RunningVideo {
  const mimeType = FORMATS.find((format) => MediaRecorder.isTypeSupported(format));
  const recorder = new MediaRecorder(stream, {
    ...(mimeType === undefined ? {} : { mimeType }),
    videoBitsPerSecond: BITS_PER_SECOND,
  });
  const chunks: Blob[] = [];
  let bytes = 0;
  let hasFailed = false;
  recorder.ondataavailable = ({ data }) => {
    chunks.push(data);
    bytes += data.size;
  };
  recorder.onerror = () => hasFailed = true;
  // Fetched before it is needed: the server may be gone by then.
  const finishing = import("./seekable_webm.ts").catch(() => null);
  recorder.onstop = async () => {
    onOver(hasFailed);
    // Without the codecs: what a file's type is called.
    const type = recorder.mimeType.split(";")[0]!;
    const file = new Blob(chunks, { type });
    // Where it cannot be done, the file plays all the same.
    const seekable = type === "video/webm"
      ? await (await finishing)?.seekableWebm(file).catch(() => null)
      : null;
    onFile(seekable ?? file);
  };
  recorder.start(SLICE_MS);
  return {
    get bytes() {
      return bytes;
    },
    stop() {
      if (recorder.state !== "inactive") recorder.stop();
    },
  };
}
