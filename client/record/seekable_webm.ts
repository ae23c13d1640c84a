// @ts-types="./mediabunny.d.ts"
import {
  BlobSource,
  EncodedPacketSink,
  EncodedVideoPacketSource,
  Input,
  Output,
  StreamTarget,
  type StreamTargetChunk,
  WEBM,
  WebMOutputFormat,
} from "mediabunny";

/** What is written in one go: a recording is never whole in memory. */
const CHUNK_BYTES = 4 * 1024 * 1024;

/**
 * The same video with its duration and an index, which browsers leave out as they write while they
 * record. Pictures are copied and not coded anew.
 * @throws {Error} If it is no WebM video with one picture at least.
 */
export async function seekableWebm(file: Blob): Promise<Blob> {
  const input = new Input({ source: new BlobSource(file), formats: [WEBM] });
  try {
    return await copyPictures(input, file.type);
  } finally {
    input.dispose();
  }
}

async function copyPictures(input: Input, type: string): Promise<Blob> {
  const track = await input.getPrimaryVideoTrack();
  const config = await track?.getDecoderConfig() ?? null;
  if (track === null || track.codec === null || config === null) {
    throw new Error("Cannot add a duration: there is no picture");
  }
  let whole = new Blob([], { type });
  const writable = new WritableStream<StreamTargetChunk>({
    write({ data, position }) {
      whole = new Blob(
        [whole.slice(0, position), data, whole.slice(position + data.length)],
        { type },
      );
    },
  });
  const output = new Output({
    format: new WebMOutputFormat(),
    target: new StreamTarget(writable, { chunked: true, chunkSize: CHUNK_BYTES }),
  });
  const source = new EncodedVideoPacketSource(track.codec);
  output.addVideoTrack(source);
  await output.start();
  for await (const packet of new EncodedPacketSink(track).packets()) {
    await source.add(packet, { decoderConfig: config });
  }
  await output.finalize();
  return whole;
}
