import {
  type ComponentChild,
  type ComponentChildren,
  Fragment,
  h,
  options,
  type VNode,
} from "preact";

/**
 * Translators take text nodes out of a page and put elements of their own in their place. What Preact
 * then writes into its text nodes is not on the page any more, so a state would stand still. From now on
 * there are no text nodes that it could keep: all text is written as the whole content of an element.
 */
export function writeWholeTexts(): void {
  const before = options.vnode;
  options.vnode = (vnode) => {
    takeTexts(vnode);
    before?.(vnode);
  };
}

/** Of SVG `textContent` is no property to Preact; translators leave it alone. */
const SVG_TEXTS: ReadonlySet<unknown> = new Set(["text", "tspan"]);

/** Takes the text nodes out of what one element, or fragment, is to contain. */
export function takeTexts({ type, props }: VNode): void {
  if (type !== Fragment && (typeof type !== "string" || SVG_TEXTS.has(type))) return;
  const content = props as { children?: ComponentChildren; textContent?: string };
  const { children } = content;
  const text = type === Fragment ? null : textOf(children);
  if (text === null) content.children = withRuns(children);
  else if (text !== "") {
    delete content.children;
    content.textContent = text;
  }
}

/** What is nothing but text; `null`: there is more than that. */
function textOf(children: ComponentChildren): string | null {
  if (Array.isArray(children)) {
    const texts = children.map(textOf);
    return texts.includes(null) ? null : texts.join("");
  }
  if (typeof children === "string" || typeof children === "number") return String(children);
  return children === null || children === undefined || typeof children === "boolean" ? "" : null;
}

/** Each text beside elements becomes one too, in its place. Nobody translates white space. */
function withRuns(children: ComponentChildren): ComponentChildren {
  if (Array.isArray(children)) return children.map(withRuns) as ComponentChild[];
  if (typeof children === "number") return h("text-run", { textContent: String(children) });
  return typeof children === "string" && children.trim() !== ""
    ? h("text-run", { textContent: children })
    : children;
}
