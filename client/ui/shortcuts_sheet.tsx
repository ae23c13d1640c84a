import { Sheet } from "./sheet.tsx";

/** Names every key. */
export function ShortcutsSheet({ shortcuts, isOpen, onClose }: {
  shortcuts: readonly { readonly key: string; readonly words: string }[];
  isOpen: boolean;
  onClose: () => void;
}) {
  return (
    <Sheet id="shortcuts" heading="Keyboard shortcuts" isOpen={isOpen} onClose={onClose}>
      <dl class="shortcuts">
        {shortcuts.map(({ key, words }) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{words}</dd>
          </div>
        ))}
      </dl>
    </Sheet>
  );
}
