import { assertNever, type SignalErrorCode } from "@/protocol";

/** Each refusal of the server as a sentence that says what to do. */
export function errorText(code: SignalErrorCode): string {
  switch (code) {
    case "bad-message":
      return "The server did not understand this page. Reload the page.";
    case "bad-version":
      return "This page and the server have different versions. Reload the page.";
    case "unknown-room":
      return "This room is not open. Open Peerlens on the computer that showed the QR code. " +
        "This page then joins automatically.";
    case "bad-token":
      return "This link does not open the room. On a phone, scan the QR code again. On the " +
        "computer, open Peerlens without the part of the link after #.";
    case "sign-in-needed":
      return "This server asks for its password. Reload this page to sign in.";
    case "room-full":
      return "The room is full. Close Peerlens on another device. This page then joins automatically.";
    case "unknown-peer":
      return "The other device has just left. It reconnects when it comes back.";
    case "not-allowed":
      return "This link does not allow that. Use the room owner's link.";
    case "too-large":
      return "A message was too large for the server. Reload the page.";
    case "too-fast":
      return "Too many attempts in a short time. Wait a moment. This page continues automatically.";
    case "timeout":
      return "The server lost contact with this page. The page is reconnecting.";
    case "backlog":
      return "This page received data too slowly. It is reconnecting.";
    case "bad-frame":
      return "The server rejected a picture from this page. Reload the page.";
    case "bad-ticket":
      return "The connection for pictures was refused. The page is opening another one.";
    case "ended":
      return "The connection for pictures has ended. The page is opening another one.";
    case "too-many-rooms":
      return "The server cannot hold another room. Try again in a few minutes.";
    case "too-many-sockets":
      return "Too many pages are open from this network. Close the ones you do not need.";
    case "replaced":
      return "This link was opened somewhere else. To use it here, reload this page.";
    case "sent-away":
      return "The owner of this room sent this device away. It cannot join the room again.";
    case "out-of-reach":
      return "The server has lost contact with its other machines, and the room may be on one of " +
        "them. This page keeps trying.";
    case "server-closing":
      return "The server is restarting. This page reconnects automatically.";
    case "unknown-camera":
      return "This server has no such camera, or keeps it for owners at its own computer and those " +
        "who entered its password.";
    case "too-many-cameras":
      return "This room shows as many cameras of the server as it may. Remove one first.";
    case "cameras-busy":
      return "As many viewers watch this server's cameras as may. This page keeps trying.";
    default:
      return assertNever(code);
  }
}
