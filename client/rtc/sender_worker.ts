// ENTRY of the phone's sender Worker: notes when each frame left the encoder.
export {};
