import { assertNever, type SignalErrorCode } from "@/protocol";

/** Each refusal of the server as a sentence that says what to do. */
export function errorText(code: SignalErrorCode): string {
  switch (code) {
    case "bad-message":
      return "The server did not understand this page. Reload it.";
    case "bad-version":
      return "This page and the server are of different versions. Reload the page.";
    case "unknown-room":
      return "The room is not open. Open Peerlens on the computer that showed the QR code; " +
        "this page joins by itself as soon as it is there.";
    case "bad-token":
      return "This link does not open the room. Scan the QR code on the computer again; on the " +
        "computer itself, open Peerlens without the part of the link after #.";
    case "sign-in-needed":
      return "This server asks for its password. Reload this page to sign in.";
    case "room-full":
      return "The room is full. Close Peerlens on another device; this page then joins by itself.";
    case "unknown-peer":
      return "The other device has just left. It is connected again when it comes back.";
    case "not-allowed":
      return "This link does not allow that. Use the link of the room's owner.";
    case "too-large":
      return "A message was larger than the server takes. Reload the page.";
    case "too-fast":
      return "Too many attempts in a short time. Wait a moment; this page goes on by itself.";
    case "timeout":
      return "The server did not hear from this page in time. It is connecting again.";
    case "backlog":
      return "The server could not reach this page in time. It is connecting again.";
    case "bad-frame":
      return "The server did not take a picture of this page. Reload the page.";
    case "bad-ticket":
      return "The connection for pictures was refused. It is being opened again.";
    case "ended":
      return "The connection for pictures has ended. It is being opened again.";
    case "too-many-rooms":
      return "The server holds as many rooms as it may. Try again in a few minutes.";
    case "too-many-sockets":
      return "Too many pages are open from this network. Close those that you do not need.";
    case "replaced":
      return "Peerlens was opened again elsewhere with this link. To use it here, reload this page.";
    case "server-closing":
      return "The server is restarting. This page comes back by itself.";
    default:
      return assertNever(code);
  }
}
