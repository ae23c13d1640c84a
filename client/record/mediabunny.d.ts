// What is used of mediabunny. Its own types bring another MediaStreamTrackProcessor than ours.

export class BlobSource {
  constructor(blob: Blob);
}

export const WEBM: unique symbol;

export class Input {
  constructor(options: { source: BlobSource; formats: readonly (typeof WEBM)[] });
  getPrimaryVideoTrack(): Promise<InputVideoTrack | null>;
  dispose(): void;
}

export interface InputVideoTrack {
  readonly codec: "vp8" | "vp9" | "av1" | null;
  getDecoderConfig(): Promise<VideoDecoderConfig | null>;
}

export interface EncodedPacket {
  /** Seconds. */
  readonly timestamp: number;
}

export class EncodedPacketSink {
  constructor(track: InputVideoTrack);
  packets(): AsyncIterable<EncodedPacket>;
}

export class EncodedVideoPacketSource {
  constructor(codec: NonNullable<InputVideoTrack["codec"]>);
  add(packet: EncodedPacket, meta: { decoderConfig: VideoDecoderConfig }): Promise<void>;
}

export class WebMOutputFormat {}

export interface StreamTargetChunk {
  readonly data: Uint8Array<ArrayBuffer>;
  readonly position: number;
}

export class StreamTarget {
  constructor(
    writable: WritableStream<StreamTargetChunk>,
    options: { chunked: boolean; chunkSize: number },
  );
}

export class Output {
  constructor(options: { format: WebMOutputFormat; target: StreamTarget });
  addVideoTrack(source: EncodedVideoPacketSource): void;
  start(): Promise<void>;
  finalize(): Promise<void>;
}
