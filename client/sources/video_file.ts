import type { PeerId } from "@/protocol";
import { type LocalSource, LocalSourceError } from "./local_source.ts";
import { videoCodecOf } from "./video_codec.ts";

/** What browsers call the same thing. */
interface CapturableVideo extends HTMLVideoElement {
  captureStream?(): MediaStream;
  mozCaptureStream?(): MediaStream;
}

/** A name longer than this is cut for the screen. */
const MAX_NAME_CHARS = 28;

/**
 * Plays a video file over and over as if it were a camera. It is read where it is and goes nowhere.
 * @throws {LocalSourceError} If this browser cannot play it.
 */
export async function openVideoFile(file: File): Promise<LocalSource> {
  const video: CapturableVideo = document.createElement("video");
  const capture = (video.captureStream ?? video.mozCaptureStream)?.bind(video);
  if (capture === undefined) {
    throw new LocalSourceError("This browser cannot play a file in place of a camera.");
  }
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
    const track = video.videoWidth > 0 ? capture().getVideoTracks()[0] : undefined;
    // Browsers that cannot decode the picture play the sound alone.
    if (track === undefined) throw await unplayable(file, `${name} has no picture in it.`);
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

/** With what the file is, and a way out; `otherwise` where that is not known. */
async function unplayable(
  file: File,
  otherwise: string,
  cause?: unknown,
): Promise<LocalSourceError> {
  const codec = await videoCodecOf(file).catch(() => null);
  if (codec === null) return new LocalSourceError(otherwise, { cause });
  const name = shortName(file.name);
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
