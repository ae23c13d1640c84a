/**
 * Which of several inference processes examines a stream's frames: the one whose results are expected to
 * be the least old. Pure.
 */

/** One process, as far as that matters. Times are ms. */
export interface MemberLoad {
  readonly id: string;
  /** Whether it takes new streams. */
  readonly isOpen: boolean;
  /** Frames that it examines at once. */
  readonly lanes: number;
  /** Streams that it has, and may have. */
  readonly streams: number;
  readonly maxStreams: number;
  /** What one frame of each of its streams takes together. */
  readonly busyMs: number;
  /** How long frames waited there of late; `null`: none came. */
  readonly queueMs: number | null;
  /** What the way there and back takes. */
  readonly wayMs: number;
  /** A run of each model measured there, by model id. */
  readonly runMs: Readonly<Record<string, number>>;
  /** Whether it has a model of that id which is the one that this id stands for. */
  has(modelId: string): boolean;
}

/** Of a model that nobody has measured yet. */
const UNKNOWN_RUN_MS = 50;

/** A move costs a viewer up to some seconds of boxes: it has to be worth that. */
const GAIN_FACTOR = 1.5;
const GAIN_MS = 40;

/** What a run of the model takes there: as measured there, else as elsewhere, on average. */
export function runMsOf(
  member: MemberLoad,
  modelId: string,
  members: readonly MemberLoad[],
): number {
  const own = member.runMs[modelId];
  if (own !== undefined) return own;
  const others = members.flatMap(({ runMs }) => runMs[modelId] ?? []);
  if (others.length === 0) return UNKNOWN_RUN_MS;
  return others.reduce((sum, ms) => sum + ms, 0) / others.length;
}

/**
 * How old the results of one stream more would be there: lanes take turns over all streams, so a frame
 * waits for those of the others once there are more than lanes. What frames wait besides, because the
 * machine has other things to do, comes on top.
 */
export function expectedAgeMs(member: MemberLoad, runMs: number): number {
  const lanes = Math.max(1, member.lanes);
  const turnMs = Math.max(runMs, (member.busyMs + runMs) / lanes);
  // A page has a second frame under way, which waits for its first.
  const explainedMs = Math.max(runMs, member.busyMs / lanes);
  return member.wayMs + turnMs + Math.max(0, (member.queueMs ?? 0) - explainedMs);
}

/** Why a stream has no place. */
export type NoPlace = "unknown-model" | "too-many-streams" | "restarting";

/** Where a new stream goes. */
export function placeFor(
  modelId: string,
  members: readonly MemberLoad[],
): { readonly id: string } | { readonly cause: NoPlace } {
  const able = members.filter((member) => member.has(modelId));
  if (able.length === 0) {
    return { cause: members.some(({ isOpen }) => isOpen) ? "unknown-model" : "restarting" };
  }
  const open = able.filter(({ isOpen }) => isOpen);
  if (open.length === 0) return { cause: "restarting" };
  const free = open.filter(({ streams, maxStreams }) => streams < maxStreams);
  if (free.length === 0) return { cause: "too-many-streams" };
  const ages = free.map((member) => ({
    member,
    ageMs: expectedAgeMs(member, runMsOf(member, modelId, members)),
  }));
  // Of two alike the emptier one, and always the same.
  ages.sort((a, b) =>
    a.ageMs - b.ageMs || a.member.streams - b.member.streams || (a.member.id < b.member.id ? -1 : 1)
  );
  return { id: ages[0]!.member.id };
}

/**
 * Where a stream would be so much better off that it is worth a move; `null`: nowhere.
 * @param member Which has it now; its load counts the stream.
 */
export function betterPlaceFor(
  modelId: string,
  member: MemberLoad,
  members: readonly MemberLoad[],
): string | null {
  const runMs = runMsOf(member, modelId, members);
  const without = { ...member, busyMs: Math.max(0, member.busyMs - runMs) };
  const hereMs = expectedAgeMs(without, runMs);
  const others = members.filter(({ id }) => id !== member.id);
  const place = placeFor(modelId, others);
  if ("cause" in place) return null;
  const other = others.find(({ id }) => id === place.id)!;
  const thereMs = expectedAgeMs(other, runMsOf(other, modelId, members));
  return hereMs > thereMs * GAIN_FACTOR && hereMs > thereMs + GAIN_MS ? place.id : null;
}
