import type { RigBrowser } from "./browser.ts";
import { joinWithPhone, waitForPhones } from "./people.ts";
import { openRigs, type RigOptions, type RigsOptions } from "./rig.ts";
import type { RigServer } from "./server.ts";

/** A phone that shows the person clip, joined to a viewer by its QR code. */
export interface Scene extends AsyncDisposable {
  readonly server: RigServer;
  readonly viewer: RigBrowser;
  readonly phone: RigBrowser;
}

/** One server and two browsers for any number of scenes, each with a room and profiles of its own. */
export interface Scenes extends AsyncDisposable {
  /** Brings both people together. */
  open(options?: RigOptions): Promise<Scene>;
}

/** Starts the app with the embedded model. */
export async function openScenes(options: RigsOptions = {}): Promise<Scenes> {
  const rigs = await openRigs(options);
  return {
    async open(one) {
      await using stack = new AsyncDisposableStack();
      const rig = stack.use(await rigs.open(one));
      const phone = await rig.open({ role: "phone" });
      await joinWithPhone(phone.page, rig.joinUrl);
      await waitForPhones(rig.viewer.page, 1);
      const all = stack.move();
      const { server, viewer } = rig;
      return { server, viewer, phone, [Symbol.asyncDispose]: () => all.disposeAsync() };
    },
    [Symbol.asyncDispose]: () => rigs[Symbol.asyncDispose](),
  };
}

/** Starts the app for one scene. */
export async function openScene(options: RigsOptions & RigOptions = {}): Promise<Scene> {
  await using stack = new AsyncDisposableStack();
  const scenes = stack.use(await openScenes(options));
  const scene = stack.use(await scenes.open(options));
  const all = stack.move();
  return { ...scene, [Symbol.asyncDispose]: () => all.disposeAsync() };
}
