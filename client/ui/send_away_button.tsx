import { useState } from "preact/hooks";

/** Has somebody go for good; asks once more, as there is no way back. */
export function SendAwayButton({ name, onSendAway }: { name: string; onSendAway: () => void }) {
  const [isAsked, setAsked] = useState(false);
  return (
    <button
      type="button"
      class="link"
      data-testid="send-away"
      onClick={() => isAsked ? onSendAway() : setAsked(true)}
      onBlur={() => setAsked(false)}
    >
      {isAsked ? "Send away for good?" : "Send away"}
      <span class="visually-hidden">&nbsp;{name}</span>
    </button>
  );
}
