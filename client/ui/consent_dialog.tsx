import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";

/** Asks once whether frames may go to the server. */
export function ConsentDialog(
  { byAuto, source, onAnswer }: {
    byAuto: boolean;
    /** Whose pictures they are: a phone's, or this computer's own. */
    source: "phone" | "computer";
    onAnswer: (yes: boolean) => void;
  },
) {
  return (
    <AskDialog
      id="consent"
      heading="Send frames to the server?"
      yes="Send frames to the server"
      no={source === "phone" ? "Keep them on the two devices" : "Keep them in this browser"}
      onAnswer={onAnswer}
    >
      {byAuto && "The server would be faster. "}
      {source === "phone"
        ? "The phone's pictures would leave the two devices. "
        : "This video would leave this browser. So would the pictures of phones that join. "}
      They go to the computer that runs Peerlens, which looks for objects in them and keeps none.
      {source === "phone" ? " The phone shows this too." : " Phones show this too."}
    </AskDialog>
  );
}

/** Asks whether to own a room that others led this browser to. */
export function RoomConsentDialog({ onAnswer }: { onAnswer: (yes: boolean) => void }) {
  return (
    <AskDialog
      id="room-consent"
      heading="Open this room?"
      yes="Open this room"
      no="Open a room of my own"
      onAnswer={onAnswer}
    >
      This browser does not know this room. If you did not make it, whoever did can see its phones
      and control them. Open it only if it is yours, or from somebody you trust.
    </AskDialog>
  );
}

/** Asks once whether pictures may go through the server where there is no other way. */
export function RelayConsentDialog(
  { host, hasNoPath, onAnswer }: {
    host: string;
    /** One of the two browsers has no WebRTC: nothing but a person can change that. */
    hasNoPath: boolean;
    onAnswer: (yes: boolean) => void;
  },
) {
  return (
    <AskDialog
      id="relay-consent"
      heading="Show the phone through the server?"
      yes="Show it through the server"
      no="Not through the server"
      onAnswer={onAnswer}
    >
      This computer and the phone cannot connect directly{hasNoPath
        ? ", as one of the two browsers has no WebRTC"
        : ""}. The phone's pictures can pass through the Peerlens server at {host}{" "}
      instead, about ten a second. The server passes them on and keeps none, but whoever runs it
      could look at them. The phone shows this too and can refuse.
      {!hasNoPath && " As soon as a direct connection works, the two devices use it."}
    </AskDialog>
  );
}

/** A question that stops everything until it is answered. Escape, and a hasty Enter, mean no. */
function AskDialog({ id, heading, yes, no, onAnswer, children }: {
  /** For tests, and to tie the heading to the dialog. */
  id: string;
  heading: string;
  /** Words of the two buttons. */
  yes: string;
  no: string;
  onAnswer: (yes: boolean) => void;
  children: ComponentChildren;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    dialog.current!.showModal();
  }, []);
  return (
    <dialog
      ref={dialog}
      class="consent"
      data-testid={id}
      aria-labelledby={`${id}-heading`}
      onCancel={(event) => {
        event.preventDefault();
        onAnswer(false);
      }}
    >
      <h2 id={`${id}-heading`}>{heading}</h2>
      <p>{children}</p>
      <div class="row">
        <button type="button" class="button primary" onClick={() => onAnswer(true)}>{yes}</button>
        <button type="button" class="button" autofocus onClick={() => onAnswer(false)}>{no}</button>
      </div>
    </dialog>
  );
}
