import { AskDialog } from "./ask_dialog.tsx";

/** Asks once whether frames may go to the server. */
export function ConsentDialog(
  { byAuto, onAnswer }: { byAuto: boolean; onAnswer: (yes: boolean) => void },
) {
  return (
    <AskDialog
      id="consent"
      heading="Send frames to the server?"
      yes="Send frames to the server"
      no="Keep them on the two devices"
      onAnswer={onAnswer}
    >
      {byAuto && "The server would be faster. "}
      The phone's pictures would leave the two devices. They go to the computer that runs Peerlens,
      which looks for objects in them and keeps none. The phone shows this too.
    </AskDialog>
  );
}

/** Asks once whether pictures may go through the server where there is no other way. */
export function RelayConsentDialog(
  { host, onAnswer }: { host: string; onAnswer: (yes: boolean) => void },
) {
  return (
    <AskDialog
      id="relay-consent"
      heading="Show the phone through the server?"
      yes="Show it through the server"
      no="Not through the server"
      onAnswer={onAnswer}
    >
      This computer and the phone cannot connect directly. The phone's pictures can pass through the
      Peerlens server at {host}{" "}
      instead, about ten a second. The server passes them on and keeps none, but whoever runs it
      could look at them. The phone shows this too and can refuse. As soon as a direct connection
      works, the two devices use it.
    </AskDialog>
  );
}
