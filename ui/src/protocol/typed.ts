// Typed: input in pieces that fit into a message.

/** Characters of one message: well below the frame limit, also when each becomes an escape. */
const most = 32 << 10;

/** The pieces of a text, none of which ends within a character. */
export function* piecesOf(text: string): Generator<string> {
  for (let at = 0; at < text.length; ) {
    let end = Math.min(text.length, at + most);
    // A pair of surrogates stays together.
    if (end < text.length && isHighSurrogate(text.charCodeAt(end - 1))) end -= 1;
    yield text.slice(at, end);
    at = end;
  }
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xdc00;
}
