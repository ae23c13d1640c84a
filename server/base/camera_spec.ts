import { type CameraKind, type CameraName, cameraNameSchema, MAX_SERVER_CAMERAS } from "@/protocol";
import * as v from "valibot";

/** A camera as its operator configured it. `source` may hold a password: it goes to no page and no log. */
export interface CameraSpec {
  readonly name: CameraName;
  readonly kind: CameraKind;
  /** Path, URL, device or name of another camera, by `kind`; empty for a scene. Secret. */
  readonly source: string;
}

/** The scene that the server draws itself. */
export const SCENE_NAME = "ball";

/** Longest path or URL of a camera. */
export const MAX_SOURCE_CHARS = 2_048;

const FORMS = "Give it as NAME=SOURCE, where SOURCE is rtsp://… or rtsps://… (an IP camera), " +
  "whep:http://… (a go2rtc or MediaMTX endpoint), /dev/video0 (a USB camera), the path of a video " +
  `file, or boxes:NAME (another camera with boxes drawn in); or as ${SCENE_NAME}, the drawn scene`;

const NAME_RULE = "A camera's name is 1 to 32 of a to z, 0 to 9 and -, and does not begin with -";

/**
 * Reads cameras as they are given: `ball`, `door=rtsp://user:pass@host/path`, `clip=./street.mp4`,
 * `usb=/dev/video0`, `yard=whep:http://host/path` or `marked=boxes:door`. One may hold several, a line each; empty lines and
 * those that begin with `#` are left out.
 * @throws {TypeError} If one cannot be used: a sentence without what may be secret.
 */
export function parseCameras(texts: readonly string[]): CameraSpec[] {
  const lines = texts.flatMap((text) => text.split("\n")).map((line) => line.trim());
  const specs = lines.filter((line) => line !== "" && !line.startsWith("#")).map(parseCamera);
  if (specs.length > MAX_SERVER_CAMERAS) {
    throw new TypeError(`There may be ${MAX_SERVER_CAMERAS} cameras, not ${specs.length}`);
  }
  const names = new Set<string>();
  for (const { name } of specs) {
    if (names.has(name)) throw new TypeError(`There are two cameras named ${name}`);
    names.add(name);
  }
  for (const { name, kind, source } of specs) {
    const base = specs.find((spec) => spec.name === source);
    if (kind !== "boxes" || (base !== undefined && !["boxes", "whep"].includes(base.kind))) {
      continue;
    }
    throw new TypeError(`Camera ${name} draws boxes into a camera that this server does not read`);
  }
  return specs;
}

function parseCamera(text: string): CameraSpec {
  const at = text.indexOf("=");
  // Without a name of its own a source is not repeated: it may hold a password.
  const given = at === -1 ? text : text.slice(0, at);
  const parsed = v.safeParse(cameraNameSchema, given);
  if (!parsed.success) {
    throw new TypeError(
      at === -1 ? `A camera needs a name. ${FORMS}` : NAME_RULE,
    );
  }
  const name = parsed.output;
  const source = at === -1 ? name : text.slice(at + 1).trim();
  if (source === SCENE_NAME) return { name, kind: "scene", source: "" };
  if (at === -1) throw new TypeError(`Camera ${name} has no source. ${FORMS}`);
  const problem = textProblem(source);
  if (problem !== null) throw new TypeError(`The source of camera ${name} ${problem}. ${FORMS}`);
  return { name, ...parseSource(name, source) };
}

function textProblem(source: string): string | null {
  if (source === "") return "is empty";
  if (source.length > MAX_SOURCE_CHARS) return `is longer than ${MAX_SOURCE_CHARS} characters`;
  // deno-lint-ignore no-control-regex
  if (/[\x00-\x1f\x7f]/.test(source)) return "holds a control character";
  // A flag that went astray; none would reach ffmpeg as one.
  if (source.startsWith("-")) return "begins with -";
  return null;
}

function parseSource(name: CameraName, source: string): Omit<CameraSpec, "name"> {
  if (source.startsWith("whep:")) {
    const url = source.slice("whep:".length);
    return { kind: "whep", source: checkedUrl(name, url, ["http:", "https:"]) };
  }
  if (source.startsWith("boxes:")) return { kind: "boxes", source: source.slice("boxes:".length) };
  // One letter is a drive of Windows. All else with a colon in front would be a protocol of ffmpeg's,
  // which has some that read and write anything.
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(source)?.[1]?.toLowerCase();
  if (scheme === "rtsp" || scheme === "rtsps") {
    return { kind: "rtsp", source: checkedUrl(name, source, ["rtsp:", "rtsps:"]) };
  }
  if (scheme !== undefined) {
    throw new TypeError(`Camera ${name}: ${scheme}: is no source that is read here. ${FORMS}`);
  }
  return { kind: /^\/dev\/(video|v4l\/)/.test(source) ? "usb" : "file", source };
}

function checkedUrl(name: CameraName, text: string, protocols: readonly string[]): string {
  const url = URL.parse(text);
  if (url !== null && protocols.includes(url.protocol) && url.hostname !== "" && !/\s/.test(text)) {
    return text;
  }
  throw new TypeError(`Camera ${name}: this is no address that can be used. ${FORMS}`);
}

/**
 * A line of ffmpeg's as the log may have it: of URLs, protocol and host are left, and of the camera's own
 * source no user, password or query.
 */
export function withoutSecrets(line: string, { kind, source }: CameraSpec): string {
  let text = line;
  if (kind === "rtsp" || kind === "whep") text = text.replaceAll(source, "(its address)");
  text = text.replace(
    /\b([a-z][a-z0-9+.-]*):\/\/(?:[^\s/?#'"]*@)?([^\s/?#'"@]*)[^\s'"]*/gi,
    (_all, scheme, host) => `${scheme}://${host}/…`,
  );
  for (const secret of secretsOf(source)) text = text.replaceAll(secret, "…");
  return text;
}

/** Long ones first, and none that every line would hold by chance. */
function secretsOf(source: string): string[] {
  const url = URL.parse(source);
  if (url === null) return [];
  const query = url.search.slice(1).split("&").map((pair) => pair.replace(/^[^=]*=/, ""));
  const values = [url.username, url.password, ...query];
  const written = values.flatMap((value) => [value, decoded(value)]);
  return [...new Set(written)].filter((value) => value.length >= 3)
    .toSorted((a, b) => b.length - a.length);
}

/** What a part of an address stands for; itself, where it has a `%` of its own. */
export function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
