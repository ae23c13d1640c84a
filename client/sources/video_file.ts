import type { PeerId } from "@/protocol";
import { frameCallbacksOf } from "../media/frame_callbacks.ts";
import { type LocalSource, LocalSourceError } from "./local_source.ts";
import { videoCodecOf } from "./video_codec.ts";

/** What browsers call the same thing. */
interface CapturableVideo extends HTMLVideoElement {
  captureStream?(): MediaStream;
  mozCaptureStream?(): MediaStream;
}

/** Videos of more frames a second are rare, and models examine fewer. */
const MAX_PAINTED_FPS = 60;

/** A name longer than this is cut for the screen. */
const MAX_NAME_CHARS = 28;

/**
 * Plays a video file over and over as if it were a camera. It is read where it is and goes nowhere.
 * @throws {LocalSourceError} If this browser cannot play it.
 */
export async function openVideoFile(file: File): Promise<LocalSource> {
  const video = document.createElement("video");
  const name = shortName(file.name);
  const url = URL.createObjectURL(file);
  video.muted = true;
  video.loop = true;
  video.playsInline = true;
  const close = () => {
    video.pause();
    video.removeAttribute("src");
    video.load();
    URL.revokeObjectURL(url);
  };
  try {
    video.src = url;
    await video.play();
    const track = video.videoWidth > 0 ? trackOf(video) : undefined;
    // Browsers that cannot decode the picture play the sound alone.
    if (track === undefined) {
      throw await unplayable(file, `This browser finds no picture in ${name} that it can play.`);
    }
    return {
      id: "video-file" as PeerId,
      name,
      track,
      stop() {
        track.stop();
        close();
      },
    };
  } catch (error) {
    close();
    if (error instanceof LocalSourceError) throw error;
    throw await unplayable(file, `${name} cannot be played by this browser.`, error);
  }
}

function trackOf(video: CapturableVideo): MediaStreamTrack | undefined {
  const stream = video.captureStream?.() ?? video.mozCaptureStream?.() ?? paintedStream(video);
  return stream.getVideoTracks()[0];
}

/** Where a video element has no stream of its own (Safari), a canvas that shows the same has one. */
function paintedStream(video: HTMLVideoElement): MediaStream {
  const canvas = document.createElement("canvas");
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  const context = canvas.getContext("2d", { alpha: false })!;
  // WebKitGTK captures two frames, and no more, where no rate is asked for.
  const stream = canvas.captureStream(MAX_PAINTED_FPS);
  const callbacks = frameCallbacksOf(video);
  let handle = 0;
  const paint = () => {
    context.drawImage(video, 0, 0, canvas.width, canvas.height);
    handle = callbacks.requestVideoFrameCallback(paint);
  };
  paint();
  video.addEventListener("emptied", () => callbacks.cancelVideoFrameCallback(handle));
  return stream;
}

/** What a browser is asked whether it plays it: the plainest form of each. */
const PLAIN_FORMS: Readonly<Record<string, string>> = {
  "HEVC (H.265)": 'video/mp4; codecs="hvc1.1.6.L93.B0"',
  "H.264": 'video/mp4; codecs="avc1.42E01E"',
  "AV1": 'video/mp4; codecs="av01.0.04M.08"',
  "VP9": 'video/webm; codecs="vp9"',
  "VP8": 'video/webm; codecs="vp8"',
};

function isPlayed(codec: string): boolean {
  const form = PLAIN_FORMS[codec];
  return form !== undefined && document.createElement("video").canPlayType(form) !== "";
}

/** With what the file is, and a way out; `otherwise` where that is not known. */
async function unplayable(
  file: File,
  otherwise: string,
  cause?: unknown,
): Promise<LocalSourceError> {
  const codec = await videoCodecOf(file).catch(() => null);
  if (codec === null) return new LocalSourceError(otherwise, { cause });
  const name = shortName(file.name);
  if (isPlayed(codec)) {
    const why = `This browser plays ${codec}, but not this variant of it, or the file is damaged.`;
    return new LocalSourceError(`Cannot play ${name}. ${why}`, { cause });
  }
  // The one that nearly every browser plays, unless it is the one that this browser does not.
  const [format, flags] = codec === "H.264"
    ? ["VP8", "libvpx OUT.webm"]
    : ["H.264", "libx264 -pix_fmt yuv420p OUT.mp4"];
  return new LocalSourceError(
    `${name} is ${codec}, which this browser cannot play. Convert it to ${format}, for example with ` +
      `ffmpeg -i IN -c:v ${flags}`,
    { cause },
  );
}

/** A file's name as it fits on a button, with its ending. */
export function shortName(name: string): string {
  if (name.length <= MAX_NAME_CHARS) return name;
  const half = Math.floor(MAX_NAME_CHARS / 2);
  return `${name.slice(0, half)}…${name.slice(1 - half)}`;
}
