import {
  type FromServerMessage,
  type Instance,
  type Join,
  PROTOCOL_VERSION,
  randomSecret,
  type Role,
  type RoomId,
  type Token,
} from "@/protocol";
import { consoleLog } from "../base/log.ts";
import { watchPage } from "../base/page_events.ts";
import { pageTimers } from "../base/timers.ts";
import type { ServerLinkState } from "../link/server_link_state.ts";
import { openTransport } from "../link/open_transport.ts";
import { PageLink } from "../link/page_link.ts";
import { TransportMemory } from "../link/transport_choice.ts";
import { pageIdentity, phoneStorage } from "./page_identity.ts";

// Filled in by client/build.ts.
declare const __BULK_URL__: string;

/** Which place in which room, and whom to tell. */
export interface ConnectSignalOptions {
  /** Origin of the server; `location.origin` for its own pages. */
  readonly origin: string;
  readonly roomId: RoomId;
  readonly role: Role;
  readonly token: Token;
  /** From an owner: lets the room be made again after a restart of the server. */
  readonly create?: NonNullable<Join["create"]> | undefined;
  /** From an owner: whether this browser made the room. */
  readonly isMadeHere?: boolean | undefined;
  /** This browser makes connections to others. */
  readonly hasWebRtc: boolean;
  onState(state: ServerLinkState): void;
  onMessage(message: FromServerMessage): void;
}

/** A page's links with the browser's own sockets, storage, clock and events. */
export function connectSignal(options: ConnectSignalOptions): PageLink {
  const { roomId, role, token, create, isMadeHere = false, hasWebRtc } = options;
  const join: Join = {
    type: "join",
    version: PROTOCOL_VERSION,
    roomId,
    role,
    token,
    identity: pageIdentity(
      { roomId, role },
      () => role === "phone" ? phoneStorage(sessionStorage, localStorage) : sessionStorage,
    ),
    // One for each load of the page, whatever becomes of its sockets.
    instance: randomSecret() as Instance,
    ...(create === undefined ? {} : { create }),
    ...(isMadeHere ? { madeHere: true } : {}),
    ...(hasWebRtc ? {} : { noWebRtc: true }),
  };
  return new PageLink({
    origin: options.origin,
    join,
    openTransport,
    transports: new TransportMemory(),
    startWorker: () => new Worker(__BULK_URL__, { type: "module", name: "bulk link" }),
    timers: pageTimers,
    watchPage,
    random: Math.random,
    log: consoleLog,
    onState: options.onState,
    onMessage: options.onMessage,
  });
}
