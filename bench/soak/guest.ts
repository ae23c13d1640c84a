import { GUEST_ACTS } from "../guest/acts.ts";
import { makeGuestNetwork } from "../guest/guest_network.ts";
import {
  type Held,
  mostOf,
  readHeld,
  refusedBetween,
  scrape,
  waitUntilBack,
} from "../guest/server_watch.ts";
import { type ActReport, type Guest, startGuest } from "../guest/start_guest.ts";
import type { Interruptible } from "../interrupt.ts";
import { DEFAULTS, type MetricsConfig } from "../metrics/config.ts";
import { type BenchScene, openMetricsScene } from "../metrics/scene.ts";
import { exportMetrics } from "../people.ts";
import { screenProgress } from "../progress.ts";
import { round } from "../result_file.ts";
import { note } from "../screen.ts";
import { keptOf, type Phase } from "./kept.ts";

/** Calm and attack by turns: what else the machine does meanwhile is in both. */
const CALM_S = 15;
const ACT_S = 30;

/** A room as it is asked for on the command line, with its own server. */
interface Room {
  readonly mode: "wasm" | "server";
  readonly scene: BenchScene;
  readonly atFirst: Held;
  /** After everything was tried once: models are loaded by then, and buffers made; `null`: never. */
  before: Held | null;
  /** WebSockets that its pages opened after the start, each because one was lost. */
  reopened: number;
}

/** What a mode's room came to beside a guest. */
export interface RoomResult {
  readonly keptPercent: number | null;
  readonly calmFps: number | null;
  readonly attackFps: number | null;
  readonly connectionsLost: number;
  readonly errors: readonly string[];
  readonly atFirst: Held;
  /** After everything was tried once; `null`: there was no time for that. */
  readonly before: Held | null;
  readonly most: Held;
  readonly after: Held;
  /** Whether it holds no more at the end, half a minute after the guest, than before; `null`: not known. */
  readonly isGivenBack: boolean | null;
  /** By the metric that counts it. */
  readonly refused: Readonly<Record<string, number>>;
}

/** What a soak with a guest came to. */
export interface GuestSoak {
  readonly rooms: Readonly<Record<string, RoomResult>>;
  readonly phases: readonly Phase[];
  readonly acts: readonly (ActReport & { readonly mode: string })[];
}

/** An honest room in each mode, beside a guest who tries everything in turn. Linux, root. */
export async function soakWithGuest(
  minutes: number,
  modes: readonly Room["mode"][],
  { config, tools: { signal, stack } }: {
    readonly config: Partial<MetricsConfig>;
    readonly tools: Interruptible;
  },
): Promise<GuestSoak> {
  const progress = screenProgress("", signal);
  const network = stack.use(await makeGuestNetwork());
  const rooms: Room[] = [];
  for (const mode of modes) rooms.push(await openRoom(mode, config, stack));
  const guest = stack.use(startGuest(network));
  const before = await Promise.all(rooms.map(({ scene }) => scrape(scene.server.httpUrl)));
  const most = rooms.map((room) => room.atFirst);
  const phases: Phase[] = [];
  const acts: GuestSoak["acts"][number][] = [];
  const endMs = performance.now() + minutes * 60_000;
  const measure = async (name: string | null, work: () => Promise<void>) => {
    const from = await Promise.all(rooms.map(processedOf));
    await work();
    const to = await Promise.all(rooms.map(processedOf));
    const fps = Object.fromEntries(rooms.map(({ mode }, at) => {
      const [a, b] = [from[at]!, to[at]!];
      return [mode, round((b.processed - a.processed) * 1000 / (b.atMs - a.atMs), 2)];
    }));
    phases.push({ act: name, fps });
    for (const [at, { scene }] of rooms.entries()) {
      const held = await readHeld(scene.pids.server);
      most[at] = mostOf(most[at]!, held);
    }
  };
  for (let turn = 0; performance.now() < endMs; turn++) {
    const leftMin = Math.ceil((endMs - performance.now()) / 60_000);
    const left = `${leftMin} of ${minutes} min left`;
    await measure(null, () => progress.during(`${left}: calm`, CALM_S * 1000, 1_000));
    if (turn === GUEST_ACTS.length) {
      for (const room of rooms) room.before = await readHeld(room.scene.pids.server);
    }
    const { name } = GUEST_ACTS[turn % GUEST_ACTS.length]!;
    progress.step(`${left}: ${name}`);
    await measure(name, async () => {
      for (const { mode, scene } of rooms) {
        progress.check();
        acts.push({ mode, ...await tryAct(guest, name, scene, ACT_S / rooms.length) });
      }
    });
  }
  const results = rooms.map(async (room, at) => {
    const { mode, scene } = room;
    const back = await waitUntilBack(scene.pids.server, room.before ?? room.atFirst);
    const [{ phone, viewer }] = scene.users as [BenchScene["users"][number]];
    const result: RoomResult = {
      ...keptOf(phases, mode),
      connectionsLost: room.reopened,
      errors: [...phone.errors, ...viewer.errors],
      atFirst: room.atFirst,
      before: room.before,
      most: most[at]!,
      after: back.held,
      isGivenBack: room.before === null ? null : back.isBack,
      refused: refusedBetween(before[at]!, await scrape(scene.server.httpUrl)),
    };
    return [mode, result] as const;
  });
  return { rooms: Object.fromEntries(await Promise.all(results)), phases, acts };
}

async function openRoom(
  mode: Room["mode"],
  config: Partial<MetricsConfig>,
  stack: AsyncDisposableStack,
): Promise<Room> {
  const scene = await openMetricsScene({ ...DEFAULTS, ...config, mode }, {
    stack,
    host: "0.0.0.0",
    note: (text) => note(`${mode}: ${text} …`),
  });
  const atFirst = await readHeld(scene.pids.server);
  const room: Room = { mode, scene, atFirst, before: null, reopened: 0 };
  const [{ phone, viewer }] = scene.users as [BenchScene["users"][number]];
  for (const { page } of [phone, viewer]) page.on("websocket", () => room.reopened += 1);
  return room;
}

function tryAct(guest: Guest, act: string, { server }: BenchScene, seconds: number) {
  return guest.try({ act, port: server.ports.http, seconds, password: null });
}

async function processedOf({ scene }: Room): Promise<{ processed: number; atMs: number }> {
  const { frames } = await exportMetrics(scene.users[0]!.viewer.page);
  return { processed: frames.processed, atMs: performance.now() };
}
