import type { Display } from "@/protocol";
import { listen, send, type WorkerHandle } from "../base/worker_handle.ts";
import type { FrameFeed } from "../inference/detector.ts";
import type { PresentResult, ReadMessage } from "../inference/worker_messages.ts";
import type { FrameKey } from "../time/frame_key.ts";
import type { FromPresenter, PresentStyle, ToPresenter } from "./present_messages.ts";

type Post = Parameters<FrameFeed["attach"]>[0];

/** What was shown, as the presenter reports it. */
export type ShownReport = Omit<Extract<FromPresenter, { kind: "shown" }>, "kind">;

/** What a stage's presenter is made of, and whom it tells. */
export interface StagePresenterOptions {
  /** Plays the same video; seen as long as nothing is painted. */
  readonly video: HTMLVideoElement;
  /** Where the picture goes; every Worker gets a new one in its place. */
  readonly canvas: HTMLCanvasElement;
  /** Makes a Worker that has not been sent anything yet. */
  startWorker(): WorkerHandle;
  onShown(report: ShownReport): void;
  /** Boxes cannot be shown here; the plain video is. A sentence for the screen. */
  onFailed(message: string): void;
}

/**
 * The page's side of the presenter Worker, which it replaces once when it dies. The video element
 * stays in its place under the canvas, so that its frame callbacks go on, but is not seen.
 */
export class StagePresenter {
  readonly #options: StagePresenterOptions;
  readonly #resizes: ResizeObserver;
  #canvas: HTMLCanvasElement;
  #worker: WorkerHandle | null = null;
  #feed: FrameFeed<ReadMessage> | null = null;
  #style: PresentStyle = { labels: [], mirror: false, isClean: false };
  #display: { readonly display: Display; readonly predict: boolean } = {
    display: "live",
    predict: true,
  };
  #isExpecting = false;
  #isSeen = true;
  /** Who waits for a copy of the picture. */
  readonly #orders = new Map<number, (bitmap: ImageBitmap | null) => void>();
  #lastOrder = 0;
  #hasRestarted = false;
  /** Who examines frames, by the port's id: how to hand over another port. */
  readonly #lent = new Map<number, Post>();
  #lastLent = 0;

  constructor(options: StagePresenterOptions) {
    this.#options = options;
    this.#canvas = options.canvas;
    this.#resizes = new ResizeObserver(() => this.#sendArea());
    this.#start();
  }

  /** What a person sees of the picture now. */
  get seen(): HTMLCanvasElement | HTMLVideoElement {
    return this.#canvas.style.visibility === "hidden" ? this.#options.video : this.#canvas;
  }

  /**
   * Shows frames of `feed` instead of the present one's; `null`: of none.
   * @param isSameCamera The last picture stays until there is one of the new feed.
   */
  setFeed(feed: FrameFeed<ReadMessage> | null, isSameCamera = false): void {
    this.#feed?.detach();
    if (isSameCamera) this.#send({ kind: "hold" });
    this.#send({ kind: "stop" });
    this.#feed = feed;
    this.#attach();
  }

  /** Applies at once. */
  setStyle(style: PresentStyle): void {
    this.#style = style;
    this.#send({ kind: "style", style });
  }

  /** Applies at once. `predict`: boxes of `live` are moved to where the objects are by then. */
  setDisplay(display: Display, predict: boolean): void {
    this.#display = { display, predict };
    this.#send({ kind: "display", ...this.#display });
  }

  /**
   * A feed for one who examines frames. The Worker that paints reads them, and gives the newest when it
   * is asked; where nothing can be painted, the frames go to the one who examines them directly.
   */
  lend(): FrameFeed {
    let id: number | null = null;
    const detach = () => {
      if (id === null) return;
      this.#lent.delete(id);
      if (this.#worker === null) this.#feed?.detach();
      else this.#send({ kind: "release", id });
      id = null;
    };
    const relayed = this.#feed?.relayed;
    return {
      ...(relayed && { relayed }),
      attach: (post) => {
        detach();
        id = ++this.#lastLent;
        this.#lent.set(id, post);
        this.#lendTo(id, post);
      },
      detach,
      onAccepted: () => {
        if (this.#worker === null) this.#feed?.onAccepted();
      },
      onUnreadable: () => {
        if (this.#worker === null) this.#feed?.onUnreadable();
      },
      isFlowing: () => this.#feed?.isFlowing() ?? false,
    };
  }

  /** Whether results are to come. */
  setExpect(results: boolean): void {
    if (results === this.#isExpecting) return;
    this.#isExpecting = results;
    this.#send({ kind: "expect", results });
  }

  /** Whether anybody sees the page; else nothing is painted. */
  setSeen(isSeen: boolean): void {
    if (isSeen === this.#isSeen) return;
    this.#isSeen = isSeen;
    this.#send({ kind: "seen", isSeen });
  }

  /** Adds what was found on one frame. */
  addResult({ key, detections, weak, trackEpoch }: PresentResult): void {
    this.#send({ kind: "result", result: { key, detections, weak, trackEpoch } });
  }

  /**
   * A copy of what is painted, bars and all, with the boxes of this frame's result or of a later one;
   * the caller closes it. `null`: there is none. While nothing is painted it may not come.
   */
  takePicture(key: FrameKey | null): Promise<ImageBitmap | null> {
    if (this.#worker === null) return Promise.resolve(null);
    const id = ++this.#lastOrder;
    const { promise, resolve } = Promise.withResolvers<ImageBitmap | null>();
    this.#orders.set(id, resolve);
    this.#send({ kind: "picture", id, key });
    return promise;
  }

  /** Forgets all results: the source or the model changed. */
  reset(): void {
    this.#send({ kind: "reset" });
  }

  /** The end. */
  close(): void {
    this.#resizes.disconnect();
    this.#drop();
    this.#feed = null;
  }

  #start(): void {
    this.#renewCanvas();
    if (!("transferControlToOffscreen" in this.#canvas)) {
      return this.#options.onFailed("This browser cannot draw boxes over the video.");
    }
    const worker = this.#options.startWorker();
    this.#worker = worker;
    listen<FromPresenter>(worker, {
      onMessage: (message) => this.#onMessage(message),
      onDeath: (message) => this.#onFailure(message),
    });
    const canvas = this.#canvas.transferControlToOffscreen();
    send<ToPresenter>(worker, { kind: "canvas", canvas }, [canvas]);
    this.#sendArea();
    this.#send({ kind: "style", style: this.#style });
    this.#send({ kind: "display", ...this.#display });
    this.#send({ kind: "expect", results: this.#isExpecting });
    this.#send({ kind: "seen", isSeen: this.#isSeen });
    this.#lendAgain();
    this.#attach();
  }

  /** A canvas can be handed over only once. It is not seen before something is painted on it. */
  #renewCanvas(): void {
    this.#resizes.unobserve(this.#canvas);
    const canvas = this.#canvas.cloneNode() as HTMLCanvasElement;
    this.#canvas.replaceWith(canvas);
    this.#canvas = canvas;
    this.#show("video");
    this.#resizes.observe(canvas);
  }

  #show(what: "video" | "canvas"): void {
    this.#options.video.style.opacity = what === "video" ? "" : "0";
    this.#canvas.style.visibility = what === "canvas" ? "" : "hidden";
  }

  #lendAgain(): void {
    for (const [id, post] of this.#lent) this.#lendTo(id, post);
  }

  #lendTo(id: number, post: Post): void {
    const worker = this.#worker;
    if (worker === null) return this.#feed?.attach(post);
    const { port1, port2 } = new MessageChannel();
    send<ToPresenter>(worker, { kind: "lend", id, port: port1 }, [port1]);
    post({ kind: "port", port: port2 }, [port2]);
  }

  #attach(): void {
    const worker = this.#worker;
    if (worker === null) return;
    this.#feed?.attach((message, transfer) => send<ToPresenter>(worker, message, transfer));
  }

  #sendArea(): void {
    const { clientWidth, clientHeight } = this.#canvas;
    this.#send({
      kind: "area",
      widthPx: clientWidth,
      heightPx: clientHeight,
      pixelRatio: globalThis.devicePixelRatio,
    });
  }

  #send(message: ToPresenter): void {
    if (this.#worker !== null) send<ToPresenter>(this.#worker, message);
  }

  #onMessage(message: FromPresenter): void {
    switch (message.kind) {
      case "accepted":
        return this.#feed?.onAccepted();
      case "unreadable":
        return this.#feed?.onUnreadable();
      case "shown":
        if (message.frames.length > 0) this.#show("canvas");
        return this.#options.onShown(message);
      case "picture":
        this.#orders.get(message.id)?.(message.bitmap);
        this.#orders.delete(message.id);
        return;
      case "failed":
        return this.#onFailure(message.message);
    }
  }

  #onFailure(message: string): void {
    this.#drop();
    if (this.#hasRestarted) {
      this.#show("video");
      this.#lendAgain();
      return this.#options.onFailed(
        `This browser cannot draw boxes, so only the video is shown. ${message}`,
      );
    }
    this.#hasRestarted = true;
    this.#start();
  }

  #drop(): void {
    this.#feed?.detach();
    this.#worker?.terminate();
    this.#worker = null;
    for (const resolve of this.#orders.values()) resolve(null);
    this.#orders.clear();
  }
}
