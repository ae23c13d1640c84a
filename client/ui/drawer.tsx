import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";

/** Whether the drawer is open, and what a person wants to see in it. */
export interface DrawerView {
  readonly isOpen: boolean;
  /** Whose heading, `<id>-heading`, is to be gone to; `null`: none. */
  readonly section: string | null;
}

/**
 * All that can be set, beside the picture, which stays in sight. Shut, it stays what it was: what it
 * says can still be read by whoever asks.
 */
export function Drawer({ view, onClose, children }: {
  view: DrawerView;
  onClose: () => void;
  children: ComponentChildren;
}) {
  const drawer = useRef<HTMLElement>(null);
  const opener = useRef<HTMLElement | null>(null);
  useEffect(() => {
    const { activeElement, body } = document;
    const isInside = drawer.current!.contains(activeElement);
    if (!view.isOpen) {
      // The focus goes back from what is not there any more.
      if (isInside || activeElement === body) opener.current?.focus();
      return;
    }
    if (view.section === null) return;
    if (!isInside) opener.current = activeElement as HTMLElement;
    const heading = document.getElementById(`${view.section}-heading`);
    if (heading === null) return;
    heading.tabIndex = -1;
    heading.focus({ preventScroll: true });
    // Its own heading is always in sight, wherever the rest is.
    const isOwn = heading.closest("header") !== null;
    if (isOwn) drawer.current!.scrollTop = 0;
    (isOwn ? drawer.current! : heading).scrollIntoView();
  }, [view]);
  return (
    <aside
      ref={drawer}
      class="drawer"
      id="drawer"
      aria-labelledby="settings-heading"
      hidden={!view.isOpen}
    >
      <header class="sheet-head">
        <h2 id="settings-heading">Settings</h2>
        <button type="button" class="button" onClick={onClose}>
          Close<span class="visually-hidden">&nbsp;settings</span>
        </button>
      </header>
      {children}
    </aside>
  );
}
