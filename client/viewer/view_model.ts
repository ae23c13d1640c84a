import type { Metrics, PeerId, PrivacyState, ServedModel, ServerCamera } from "@/protocol";
import type { Side } from "../inference/detector.ts";
import type { PhonePeer } from "../rtc/phone_peer.ts";
import { endpointId, isEndpoint } from "../sources/endpoint_source.ts";
import { COMPUTER_CAMERA_ID } from "../sources/local_source.ts";
import type { DetectionChoices } from "../detection/detection_settings.ts";
import type { ZonesState } from "../zones/zones_state.ts";
import type { SourceKind } from "../ui/privacy_line.tsx";
import type { OfferedCamera } from "../ui/server_cameras.tsx";
import type { PhoneView, ViewerState } from "./viewer_state.ts";
import { LOCAL_WORDS, phoneWords, pictureWords } from "./viewer_words.ts";

/** What the page shows of a phone. */
type Phone = Pick<
  PhonePeer,
  | "info"
  | "connectionState"
  | "hasTurn"
  | "cameraState"
  | "track"
  | "frames"
  | "atServer"
  | "relayEnd"
>;

/**
 * The phones as the page shows them. A phone keeps the name that it was first shown with, and an
 * unchanged list stays the same object, so that nothing is drawn again for nothing.
 */
export function describePhones(
  phones: readonly Phone[],
  before: readonly PhoneView[],
  { nowMs, cameras, takesH264, isRelayOffered, isStill }: {
    readonly nowMs: number;
    /** Whether this browser decodes what they send. */
    takesH264(): boolean;
    /** What this page is told of the server's own. */
    readonly cameras: readonly ServerCamera[];
    readonly isRelayOffered: boolean;
    /** No frame of it has come for a while. */
    isStill(id: PeerId): boolean;
  },
): readonly PhoneView[] {
  const present = new Set(phones.map(({ info }) => info.id));
  const names = new Set(before.filter(({ id }) => present.has(id)).map(({ name }) => name));
  const after = phones.map((phone): PhoneView => {
    const known = before.find(({ id }) => id === phone.info.id);
    const serverCamera = phone.info.camera ?? null;
    const name = serverCamera ?? known?.name ?? freeName(names);
    names.add(name);
    const { cameraState: camera, track, frames, atServer } = phone;
    const { id } = phone.info;
    const { words, mood } = phoneWords(phone.connectionState, nowMs, {
      ...facts(phone),
      camera: cameras.find((camera) => camera.name === serverCamera) ?? null,
      takesH264: serverCamera === null || takesH264(),
      isRelayed: frames !== null,
      isRelayOffered,
      isStill: isStill(id),
    });
    const hasNoPath = phone.connectionState.kind === "impossible";
    return { hasNoPath, id, name, words, mood, camera, track, frames, atServer, serverCamera };
  });
  const isSame = after.length === before.length &&
    after.every((phone, index) => isEqual(phone, before[index]!));
  return isSame ? before : after;
}

/**
 * The phone to show large: the one chosen, while it is there; else the first whose camera arrives,
 * which then stays chosen even if its connection falters.
 */
export function keepSelection(
  selectedId: PeerId | null,
  phones: readonly PhoneView[],
): PeerId | null {
  if (phones.some(({ id }) => id === selectedId)) return selectedId;
  return phones.find(({ mood }) => mood === "good")?.id ?? null;
}

/** A source of this computer, with its words of now; the same object where they are the same. */
export function describeLocal(local: PhoneView, isStill: boolean): PhoneView {
  const { words, mood } = pictureWords(local.camera, isStill) ?? LOCAL_WORDS;
  return words === local.words ? local : { ...local, words, mood };
}

function facts({ info, hasTurn, relayEnd, cameraState }: Phone) {
  return { isServerCamera: info.camera !== undefined, hasTurn, relayEnd, cameraState };
}

function freeName(taken: ReadonlySet<string>): string {
  let number = 1;
  while (taken.has(`Phone ${number}`)) number += 1;
  return `Phone ${number}`;
}

function isEqual(a: PhoneView, b: PhoneView): boolean {
  return a.id === b.id && a.hasNoPath === b.hasNoPath && a.words === b.words && a.mood === b.mood &&
    a.camera === b.camera &&
    a.track === b.track && a.frames === b.frames;
}

/** What is shown besides phones, as the page says it: cameras of the server by their names; `null`: nothing. */
export function alsoShown(
  local: Pick<PhoneView, "id" | "name"> | null,
  cameras: readonly string[],
): string | null {
  const name = local?.id === COMPUTER_CAMERA_ID ? "this computer's camera" : local?.name;
  const all = [...cameras, ...(name === undefined ? [] : [name])];
  return all.length === 0 ? null : all.join(" and ");
}

/** Where frames go, as both pages say it. */
export function framesOf(side: Side | null): PrivacyState["frames"] {
  return side ?? "off";
}

/** Where pictures of events go, as both pages say it; `null`: nowhere. */
export function eventsTo({ webhook, zones }: Pick<ZonesState, "webhook" | "zones">): string | null {
  const { host, isOn } = webhook.value;
  return isOn && zones.value.length > 0 ? host : null;
}

/** The cameras of the server as this page offers them. */
export function offeredCameras(
  { serverCameras, phones, local }: Pick<ViewerState, "serverCameras" | "phones" | "local">,
): readonly OfferedCamera[] {
  const on = new Set(phones.value.map(({ serverCamera }) => serverCamera));
  return serverCameras.list.value.map((camera) => ({
    ...camera,
    isOn: on.has(camera.name) || local.value?.id === endpointId(camera.name),
  }));
}

/** Whose the picture is that is shown; `null`: there is none. */
export function sourceOf(
  selected: Pick<PhoneView, "id" | "serverCamera"> | null,
  local: object | null,
): SourceKind | null {
  if (selected === null) return null;
  if (selected === local) return isEndpoint(selected.id) ? "endpoint" : "computer";
  return selected.serverCamera === null ? "phone" : "camera";
}

/** Under what conditions is measured. */
export function conditionsOf(
  { mode, display }: Pick<DetectionChoices, "mode" | "display">,
  model: Pick<ServedModel, "id"> | null,
): Pick<Metrics, "mode" | "display" | "model"> {
  return { mode, display, model: mode === "off" ? null : model?.id ?? null };
}
