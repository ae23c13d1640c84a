import type { ComponentChildren, VNode } from "preact";

/** One element of what a component gives, with all the text below it. */
export interface FoundElement {
  readonly tag: string;
  readonly props: Readonly<Record<string, unknown>>;
  readonly text: string;
}

/** The elements of components without hooks, parents first. Needs no browser. */
export function elementsOf(node: ComponentChildren): FoundElement[] {
  if (Array.isArray(node)) return node.flatMap(elementsOf);
  if (!isVNode(node)) return [];
  if (typeof node.type === "function") return elementsOf(render(node));
  const { children, ...props } = node.props as { children?: ComponentChildren };
  return [{ tag: node.type, props, text: textOf(children) }, ...elementsOf(children)];
}

function textOf(node: ComponentChildren): string {
  if (Array.isArray(node)) return node.map(textOf).join("");
  if (isVNode(node)) {
    return typeof node.type === "function"
      ? textOf(render(node))
      : textOf((node.props as { children?: ComponentChildren }).children);
  }
  return typeof node === "string" || typeof node === "number" ? String(node) : "";
}

function isVNode(node: ComponentChildren): node is VNode {
  return typeof node === "object" && node !== null && "type" in node && "props" in node;
}

function render(node: VNode): ComponentChildren {
  return (node.type as (props: unknown) => ComponentChildren)(node.props);
}
