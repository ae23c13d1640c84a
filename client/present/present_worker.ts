// ENTRY of the presenter Worker: frames and results in, the composed picture out.
export {};
