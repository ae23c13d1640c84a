/** A track that a test can end and mute like a system does. */
export class FakeTrack extends EventTarget {
  readyState: "live" | "ended" = "live";
  enabled = true;
  muted = false;
  readonly applied: MediaTrackConstraints[] = [];
  constructor(readonly settings: MediaTrackSettings) {
    super();
  }

  getSettings(): MediaTrackSettings {
    return this.settings;
  }

  getCapabilities(): object {
    return { torch: true, zoom: { min: 1, max: 4, step: 0.1 } };
  }

  applyConstraints(constraints: MediaTrackConstraints): Promise<void> {
    this.applied.push(constraints);
    return Promise.resolve();
  }

  stop(): void {
    this.readyState = "ended";
  }

  endBySystem(): void {
    this.readyState = "ended";
    this.dispatchEvent(new Event("ended"));
  }

  muteBySystem(isMuted: boolean): void {
    this.muted = isMuted;
    this.dispatchEvent(new Event(isMuted ? "mute" : "unmute"));
  }
}

/** A device with the cameras that a test gives it, of which only one can be open at a time. */
export class FakeDevices {
  readonly tracks: FakeTrack[] = [];
  readonly asked: MediaTrackConstraints[] = [];
  failure: string | null = null;
  constructor(readonly cameras: readonly { deviceId: string; facingMode?: string }[]) {}

  enumerateDevices(): Promise<MediaDeviceInfo[]> {
    const devices = this.cameras.map(({ deviceId }) => ({ kind: "videoinput", deviceId }));
    return Promise.resolve([...devices, { kind: "audioinput", deviceId: "mic" }] as never);
  }

  // deno-lint-ignore require-await
  async getUserMedia({ video }: MediaStreamConstraints): Promise<MediaStream> {
    const wish = video as MediaTrackConstraints;
    this.asked.push(wish);
    if (this.failure !== null) throw new DOMException("", this.failure);
    if (this.tracks.some(({ readyState }) => readyState === "live")) {
      throw new DOMException("", "NotReadableError");
    }
    const exact = (value: unknown) => (value as { exact?: string } | undefined)?.exact;
    const ideal = (wish.facingMode as { ideal?: string } | undefined)?.ideal;
    const fits = this.cameras.filter(({ deviceId, facingMode }) =>
      (exact(wish.deviceId) ?? deviceId) === deviceId &&
      (exact(wish.facingMode) ?? facingMode) === facingMode
    );
    const camera = fits.find(({ facingMode }) => facingMode === ideal) ?? fits[0];
    if (camera === undefined) {
      // OverconstrainedError is not a DOMException everywhere.
      throw Object.assign(new Error(), { name: "OverconstrainedError" });
    }
    const track = new FakeTrack(camera);
    this.tracks.push(track);
    return { getVideoTracks: () => [track] } as never;
  }
}
