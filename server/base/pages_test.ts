import assert from "node:assert/strict";
import { pageHtml } from "./pages.ts";

Deno.test("pageHtml() escapes what it is told, and brings no script or style of its own", () => {
  const html = pageHtml({ title: "<b>", text: ['"&</p><script>'] });
  assert.ok(html.includes("<title>&lt;b&gt; – Peerlens</title>"));
  assert.ok(html.includes("<p>&quot;&amp;&lt;/p&gt;&lt;script&gt;</p>"));
  assert.ok(!/<script|<style|style=|\son\w+=/.test(html));
});
