import type { BrowserContext } from "playwright-core";
import { ROOT } from "../server.ts";
import type { DemoConfig } from "./config.ts";
import { CAPTION, NAMES, PHONE, type Place, VIDEO, VIEWER } from "./layout.ts";
import type { Scene } from "./script.ts";

/** The colours of the pages themselves, `client/ui/theme.css`. */
const SCHEMES = {
  light: { ground: "#e3e8ef", ink: "#14181f", soft: "#4d5766", line: "#b9c2cf" },
  dark: { ground: "#05070a", ink: "#eef1f5", soft: "#a9b4c2", line: "#2e3744" },
} as const;

/** Draws what is behind and below the pages, one picture a scene. @returns Their files, in order. */
export async function drawCards(
  context: BrowserContext,
  { scenes, scheme, folder }: {
    scenes: readonly Scene[];
    scheme: DemoConfig["scheme"];
    folder: string;
  },
): Promise<string[]> {
  const logo = await Deno.readTextFile(`${ROOT}/client/ui/favicon.svg`);
  const page = await context.newPage();
  try {
    await page.setViewportSize({ width: VIDEO.widthPx, height: VIDEO.heightPx });
    const paths: string[] = [];
    for (const scene of scenes) {
      await page.setContent(cardHtml(scene, scheme, logo));
      const path = `${folder}/card-${scene.id}.png`;
      await page.screenshot({ path, scale: "css" });
      paths.push(path);
    }
    return paths;
  } finally {
    await page.close();
  }
}

/** A whole page of HTML. @param logo An SVG. */
export function cardHtml(
  { kind, id, caption }: Pick<Scene, "kind" | "id" | "caption">,
  scheme: DemoConfig["scheme"],
  logo: string,
): string {
  const { ground, ink, soft, line } = SCHEMES[scheme];
  const body = kind === "card"
    ? `<main><div class="logo">${logo}<h1>Peerlens</h1></div><p>${escape(caption)}</p>
       <small>${id === "title" ? "Recorded from the real pages" : "./start.sh"}</small></main>`
    : `<div class="frame" style="${css(PHONE)}"></div><div class="frame" style="${
      css(VIEWER)
    }"></div>
       <div class="name" style="${css(NAMES)}">phone</div>
       <div class="caption" style="${css(CAPTION)}"><span>${escape(caption)}</span></div>`;
  return `<!doctype html><meta charset="utf-8"><style>
* { box-sizing: border-box; margin: 0; }
body { position: relative; width: ${VIDEO.widthPx}px; height: ${VIDEO.heightPx}px; overflow: hidden;
  background: ${ground}; color: ${ink}; font-family: system-ui, "DejaVu Sans", sans-serif; }
main { display: grid; height: 100%; align-content: center; justify-items: center; gap: 48px;
  padding: 0 160px; text-align: center; }
.logo { display: flex; align-items: center; gap: 32px; }
.logo svg { width: 120px; height: 120px; }
h1 { font-size: 112px; letter-spacing: -2px; }
p { font-size: 56px; line-height: 1.3; }
small { color: ${soft}; font-size: 32px; }
.frame, .name, .caption { position: absolute; }
.frame { outline: 3px solid ${line}; background: ${line}; }
.name { color: ${soft}; font-size: 26px; text-align: center; }
.caption { display: grid; align-content: center; justify-items: center; text-align: center;
  font-size: 40px; line-height: 1.25; }
</style>${body}`;
}

function css({ xPx, yPx, widthPx, heightPx }: Place): string {
  return `left:${xPx}px;top:${yPx}px;width:${widthPx}px;height:${heightPx}px`;
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
