/** Whether words may be written where bytes are meant: true on every processor that Node is delivered for but one. */
export const littleEndian = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;
