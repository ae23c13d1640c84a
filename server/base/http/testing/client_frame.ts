/** A frame as a client sends it: with a mask. @param first Its first byte: FIN and opcode. */
export function clientFrame(first: number, payload: Uint8Array): Uint8Array {
  const { length } = payload;
  const lengthBytes = length < 126 ? 0 : length < 65_536 ? 2 : 8;
  const frame = new Uint8Array(2 + lengthBytes + 4 + length);
  const view = new DataView(frame.buffer);
  frame[0] = first;
  frame[1] = 0x80 | (lengthBytes === 0 ? length : lengthBytes === 2 ? 126 : 127);
  if (lengthBytes === 2) view.setUint16(2, length);
  if (lengthBytes === 8) view.setBigUint64(2, BigInt(length));
  const mask = Uint8Array.of(1, 2, 3, 4);
  frame.set(mask, 2 + lengthBytes);
  for (let at = 0; at < length; at++) {
    frame[6 + lengthBytes + at] = payload[at]! ^ mask[at & 3]!;
  }
  return frame;
}
