import assert from "node:assert/strict";
import { type ComponentChildren, Fragment, h, type VNode } from "preact";
import { takeTexts } from "./whole_texts.ts";

const taken = (type: Parameters<typeof h>[0], ...children: ComponentChildren[]) => {
  const node = h(type as "p", null, ...children) as VNode;
  takeTexts(node);
  return node.props as { children?: ComponentChildren; textContent?: string };
};
const kindOf = (child: unknown) =>
  typeof child === "object" && child !== null && "type" in child
    ? [child.type, (child as VNode<{ textContent?: string }>).props.textContent]
    : child;

Deno.test("takeTexts() writes an element's text as its whole content", () => {
  assert.deepEqual(taken("p", "Load ", 3, null, false, [" of ", 4]), {
    textContent: "Load 3 of 4",
  });
  assert.deepEqual(taken("p", 0), { textContent: "0" });
  assert.equal(taken("p", null).textContent, undefined);
});

Deno.test("takeTexts() gives text beside elements one of its own, and moves no other child", () => {
  const image = h("img", null);
  for (const type of ["p", Fragment] as const) {
    const { children, textContent } = taken(type as "p", "Name", image, null, " ", [
      "inside",
      image,
    ]);
    assert.equal(textContent, undefined);
    const [name, second, third, space, nested] = children as [
      unknown,
      unknown,
      unknown,
      unknown,
      unknown[],
    ];
    const [inside, last] = nested;
    assert.deepEqual([name, space, inside].map(kindOf), [
      ["text-run", "Name"],
      " ",
      ["text-run", "inside"],
    ]);
    assert.deepEqual([second, third, last], [image, null, image]);
  }
});

Deno.test("takeTexts() leaves SVG and components as they are", () => {
  assert.equal(taken("text", "1").children, "1");
  assert.equal(taken((() => null) as never, "Copy").children, "Copy");
});
