import type { CameraName, PeerId } from "@/protocol";
import { type LocalSource, LocalSourceError } from "./local_source.ts";

/** What an endpoint is shown with. */
export interface EndpointIo {
  /** `null`: this browser has no WebRTC. */
  readonly createConnection: ((configuration: RTCConfiguration) => RTCPeerConnection) | null;
  readonly fetch: (path: string, init: RequestInit) => Promise<Response>;
}

/** Addresses of this browser are waited for so long; those that are there go with the offer. */
const GATHER_MS = 1_500;

/** A picture that has not come after this long is not going to. */
const CONNECT_MS = 15_000;

const NO_PICTURE = "gives no picture. Is it running, and can this computer reach it?";

/** Names an endpoint among sources. */
export function endpointId(name: CameraName): PeerId {
  return `endpoint ${name}` as PeerId;
}

/** Whether a source is an endpoint. */
export function isEndpoint(id: PeerId): boolean {
  return id.startsWith("endpoint ");
}

/**
 * Plays an endpoint (WHEP) that the server's operator named: the server passes descriptions on, and the
 * video comes directly.
 * @throws {LocalSourceError} If there is no picture.
 */
export async function openEndpoint(
  name: CameraName,
  { createConnection, fetch }: EndpointIo,
): Promise<LocalSource> {
  if (createConnection === null) throw new LocalSourceError("This browser has no WebRTC.");
  let connection: RTCPeerConnection;
  try {
    connection = createConnection({ bundlePolicy: "max-bundle" });
  } catch (cause) {
    throw new LocalSourceError("This browser lets no WebRTC connection be made.", { cause });
  }
  let resource: string | null = null;
  const stop = () => {
    connection.close();
    if (resource === null) return;
    // Also when the page goes.
    fetch(resource, { method: "DELETE", keepalive: true }).catch(() => {});
  };
  try {
    const { receiver } = connection.addTransceiver("video", { direction: "recvonly" });
    // Chromium and Safari: shown as soon as it is there.
    if ("jitterBufferTarget" in receiver) receiver.jitterBufferTarget = 0;
    await connection.setLocalDescription();
    await gathered(connection);
    const response = await fetch(`/api/cameras/${name}/whep`, {
      method: "POST",
      headers: { "Content-Type": "application/sdp" },
      body: connection.localDescription?.sdp ?? "",
    });
    if (!response.ok) throw new LocalSourceError(`${name}: ${await reasonOf(response)}.`);
    resource = response.headers.get("Location");
    await connection.setRemoteDescription({ type: "answer", sdp: await response.text() });
    await connected(connection);
    const { track } = receiver;
    connection.addEventListener("connectionstatechange", () => {
      // A track that comes from elsewhere does not end by itself when its connection is lost.
      if (connection.connectionState === "failed") track.dispatchEvent(new Event("ended"));
    });
    return {
      id: endpointId(name),
      name,
      track,
      lost: `${name} has stopped. Choose it again.`,
      stop,
    };
  } catch (error) {
    stop();
    if (error instanceof LocalSourceError) throw error;
    throw new LocalSourceError(`${name} ${NO_PICTURE}`, { cause: error });
  }
}

async function reasonOf(response: Response): Promise<string> {
  try {
    const { message } = await response.json();
    if (typeof message === "string" && message.length <= 200) return message;
  } catch {
    // Something between page and server answered.
  }
  return "The server cannot ask the endpoint";
}

/** Endpoints take an offer with all addresses in it. */
function gathered(connection: RTCPeerConnection): Promise<void> {
  return until(connection, "icegatheringstatechange", {
    limitMs: GATHER_MS,
    isDone: () => connection.iceGatheringState === "complete",
    onLimit: "go on",
  });
}

function connected(connection: RTCPeerConnection): Promise<void> {
  return until(connection, "connectionstatechange", {
    limitMs: CONNECT_MS,
    isDone: () => {
      const { connectionState } = connection;
      if (connectionState === "failed") throw new Error("The connection failed");
      return connectionState === "connected";
    },
    onLimit: "fail",
  });
}

async function until(
  connection: RTCPeerConnection,
  event: string,
  { limitMs, isDone, onLimit }: {
    readonly limitMs: number;
    readonly isDone: () => boolean;
    readonly onLimit: "go on" | "fail";
  },
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const look = () => {
    try {
      if (isDone()) resolve();
    } catch (error) {
      reject(error);
    }
  };
  const timer = setTimeout(
    () => onLimit === "fail" ? reject(new Error("Not in time")) : resolve(),
    limitMs,
  );
  connection.addEventListener(event, look);
  look();
  await promise.finally(() => {
    clearTimeout(timer);
    connection.removeEventListener(event, look);
  });
}
