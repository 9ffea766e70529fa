// Checks the signed text of a card's QR without a network, step for step as lienthong/cards/seal.py does: same statuses,
// same facts, same sentences (those are handed in). Sends nothing, stores nothing.

const PREFIX = "BHYT1:";
const CARD_DOMAIN = ascii("BHYT1\0");
const LIST_DOMAIN = ascii("BHYT-R1\0");
const BASE45 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
const BASE36 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const CODE = /^[A-Z]{2}[1-5][0-9]{2}(?:[0-9]{10}|[0-9]{12})$/;
const SEXES = ["male", "female", "undetermined"];
const MARK_BYTES = 6, SIGNATURE_BYTES = 64, LIST_MARK_BYTES = 12, DAY = 86_400_000, FORMAT = 1;
const VIETNAM = 7 * 3_600_000;

class Unreadable extends Error {}

function ascii(text) { return Uint8Array.from(text, (letter) => letter.charCodeAt(0)); }
function joined(...parts) {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) { whole.set(part, at); at += part.length; }
  return whole;
}
function isSame(left, right) { return left.length === right.length && left.every((byte, at) => byte === right[at]); }
function hex(bytes) { return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(""); }
async function sha256(bytes) { return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)); }

function fromBase45(text) {
  const raw = [];
  for (let start = 0; start < text.length; start += 3) {
    const group = text.slice(start, start + 3);
    let value = 0;
    for (let at = group.length - 1; at >= 0; at -= 1) {
      const digit = BASE45.indexOf(group[at]);
      if (digit < 0) throw new Unreadable();
      value = value * 45 + digit;
    }
    const width = group.length - 1;
    if (width === 0 || value >= 256 ** width) throw new Unreadable();
    if (width === 2) raw.push(value >> 8);
    raw.push(value & 255);
  }
  return Uint8Array.from(raw);
}

// ---------------------------------------------------------------- CBOR, in its one canonical form (RFC 8949 §4.2.1)

class Reader {
  constructor(bytes) { this.bytes = bytes; this.at = 0; }
  take(size) {
    if (this.at + size > this.bytes.length) throw new Unreadable();
    this.at += size;
    return this.bytes.subarray(this.at - size, this.at);
  }
  head() {
    const [first] = this.take(1);
    const short = first & 31;
    if (short < 24) return [first >> 5, BigInt(short)];
    if (short > 27) throw new Unreadable();
    const width = 1 << (short - 24);
    const value = BigInt(`0x${hex(this.take(width))}`);
    // A shorter form exists: this is not the one encoding of the value.
    if (value < (width === 1 ? 24n : 1n << BigInt(4 * width))) throw new Unreadable();
    return [first >> 5, value];
  }
  value(depth) {
    if (depth > 8) throw new Unreadable();
    const [major, size] = this.head();
    if (major === 0) return size;
    if (major === 1) return -1n - size;
    if (size > BigInt(this.bytes.length) && major < 6) throw new Unreadable();
    if (major === 2) return this.take(Number(size));
    if (major === 3) return this.text(Number(size));
    if (major === 4) return Array.from({ length: Number(size) }, () => this.value(depth + 1));
    if (major === 5) return this.map(Number(size), depth);
    if (major === 6 && (size === 2n || size === 3n)) return this.large(size === 3n, depth);
    throw new Unreadable();
  }
  text(size) {
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(this.take(size));
    } catch { throw new Unreadable(); }
  }
  map(size, depth) {
    const found = new Map();
    let before = "";
    for (let count = 0; count < size; count += 1) {
      const start = this.at;
      const key = this.value(depth + 1);
      const written = hex(this.bytes.subarray(start, this.at));
      if (count > 0 && (written.length < before.length || (written.length === before.length && written <= before))) throw new Unreadable();
      before = written;
      found.set(key, this.value(depth + 1));
    }
    return found;
  }
  large(isNegative, depth) {
    const bytes = this.value(depth + 1);
    if (!(bytes instanceof Uint8Array) || bytes.length < 9 || bytes[0] === 0) throw new Unreadable();
    const value = BigInt(`0x${hex(bytes)}`);
    return isNegative ? -1n - value : value;
  }
}

function decoded(bytes) {
  const reader = new Reader(bytes);
  const value = reader.value(0);
  if (reader.at !== bytes.length) throw new Unreadable();
  return value;
}

// ---------------------------------------------------------------- the envelope

function partsOf(bytes) {
  const parts = decoded(bytes);
  if (!Array.isArray(parts) || parts.length !== 3 || !parts.every((part) => part instanceof Uint8Array)) throw new Unreadable();
  if (parts[2].length !== SIGNATURE_BYTES) throw new Unreadable();
  return parts;
}

function markOf(header) {
  const fields = decoded(header);
  const mark = fields instanceof Map ? fields.get(4n) : null;
  const isOurs = mark instanceof Uint8Array && mark.length === MARK_BYTES && fields.size === 2 && fields.get(0n) === BigInt(FORMAT);
  if (!isOurs) throw new Unreadable();
  return hex(mark);
}

/** The payload of a genuine envelope, or the status that says what is wrong with it. */
async function opened(bytes, domain, keys) {
  const [header, payload, signature] = partsOf(bytes);
  const key = keys.get(markOf(header));
  if (!key) return { status: "unknown_key" };
  const isGenuine = await crypto.subtle.verify("Ed25519", key, signature, joined(domain, header, payload));
  return isGenuine ? { payload } : { status: "forged" };
}

// ---------------------------------------------------------------- names

function alphabetOf(text) {
  const letters = Array.from(text);
  return { letters, number: new Map(letters.map((letter, at) => [letter, at + 1])), shift: letters.length + 1 };
}
function isCapitalExpected(before, style) { return style === 1 || " '-.,".includes(before); }

function unpacked(number, alphabet) {
  const base = BigInt(alphabet.shift + 1);
  const style = Number(number & 1n);
  let rest = number >> 1n, before = " ", isShifted = false, name = "";
  if (number < 0n) throw new Unreadable();
  while (rest > 0n) {
    const symbol = Number(rest % base);
    rest /= base;
    if (symbol === alphabet.shift) { isShifted = true; continue; }
    if (symbol === 0) throw new Unreadable();
    const letter = alphabet.letters[symbol - 1];
    name += isCapitalExpected(before, style) !== isShifted ? letter.toUpperCase() : letter;
    before = letter;
    isShifted = false;
  }
  if (packed(name, alphabet) !== number) throw new Unreadable();
  return name;
}

function packed(name, alphabet) {
  const written = Array.from(name);
  if (written.length === 0 || !written.every((letter) => alphabet.number.has(letter.toLowerCase()))) return null;
  const styles = [0, 1].map((style) => {
    const symbols = [];
    let before = " ";
    for (const letter of written) {
      const low = letter.toLowerCase();
      if (low !== low.toUpperCase() && (letter !== low) !== isCapitalExpected(before, style)) symbols.push(alphabet.shift);
      symbols.push(alphabet.number.get(low));
      before = low;
    }
    return symbols;
  });
  const style = styles[1].length < styles[0].length ? 1 : 0;
  const base = BigInt(alphabet.shift + 1);
  const number = styles[style].reduceRight((whole, symbol) => whole * base + BigInt(symbol), 0n);
  return number * 2n + BigInt(style);
}

// ---------------------------------------------------------------- the card

function codeOf(number) {
  let digits = "";
  for (let rest = number; rest > 0n; rest /= 36n) digits = BASE36[Number(rest % 36n)] + digits;
  return digits;
}

function factsOf(payload, alphabet) {
  const found = decoded(payload);
  if (!Array.isArray(found) || found.length !== 8) throw new Unreadable();
  const [code, name, birth, wait, span, sex, facility, version] = found;
  if (![code, birth, wait, span, sex, version].every((part) => typeof part === "bigint")) throw new Unreadable();
  const fullName = typeof name === "string" ? name : typeof name === "bigint" ? unpacked(name, alphabet) : "";
  const facts = {
    code: codeOf(code), full_name: fullName, birth_day: Number(birth), sex: SEXES[Number(sex)],
    from_day: Number(birth + wait), to_day: Number(birth + wait + span), facility_code: facility, version: Number(version),
  };
  const isSealable = CODE.test(facts.code) && fullName !== "" && facts.sex !== undefined && typeof facility === "string"
    && span >= 0n && version >= 1n && !(typeof name === "string" && packed(name, alphabet) !== null);
  if (!isSealable) throw new Unreadable();
  return facts;
}

function dayText(day) {
  const [year, month, date] = new Date(day * DAY).toISOString().slice(0, 10).split("-");
  return `${date}/${month}/${year}`;
}
/** The Vietnamese day of an instant in milliseconds, as days since 1970. */
export function vietnamDay(instant) { return Math.floor((instant + VIETNAM) / DAY); }
export { dayText };

async function isRevoked(facts, list) {
  const digest = await sha256(joined(LIST_DOMAIN, ascii(`${facts.code}/${facts.version}`)));
  return list.marks.has(hex(digest.subarray(0, LIST_MARK_BYTES)));
}

function said(book, status, facts, list, day) {
  let sentence = book.sentences[status];
  if (!facts) return sentence;
  sentence = sentence.replace("{start}", dayText(facts.from_day)).replace("{to}", dayText(facts.to_day));
  if (!list) return sentence + book.no_list;
  const isStale = day - list.day > 1;
  return status !== "revoked" && isStale ? sentence + book.stale_list.replace("{day}", dayText(list.day)) : sentence;
}

// ---------------------------------------------------------------- what the page calls

/** True when this browser can check an Ed25519 signature at all. */
export async function canCheck() {
  try {
    const point = Uint8Array.from("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a".match(/../g), (pair) => Number.parseInt(pair, 16));
    await crypto.subtle.importKey("raw", point, "Ed25519", false, ["verify"]);
    return true;
  } catch { return false; }
}

/** Mark → key, from the published bundle. */
export async function readKeys(bundle) {
  const keys = new Map();
  for (const entry of bundle.keys) {
    if (bundle.format !== FORMAT || entry.algorithm !== "Ed25519") throw new Unreadable();
    const raw = ascii(atob(entry.public));
    const mark = (await sha256(raw)).subarray(0, MARK_BYTES);
    keys.set(hex(mark), await crypto.subtle.importKey("raw", raw, "Ed25519", false, ["verify"]));
  }
  return keys;
}

/** The revocation list of genuine bytes; null for any other. */
export async function readList(bytes, keys) {
  try {
    const { payload } = await opened(bytes, LIST_DOMAIN, keys);
    const [seconds, marks] = payload ? decoded(payload) : [];
    if (typeof seconds !== "bigint" || !(marks instanceof Uint8Array) || marks.length % LIST_MARK_BYTES) return null;
    const all = new Set();
    for (let at = 0; at < marks.length; at += LIST_MARK_BYTES) all.add(hex(marks.subarray(at, at + LIST_MARK_BYTES)));
    return { day: vietnamDay(Number(seconds) * 1000), marks: all };
  } catch (error) {
    if (error instanceof Unreadable) return null;
    throw error;
  }
}

/** What the QR is worth on the day: {status, message, facts}. `book` holds the sentences and the alphabet of names. */
export async function check(text, keys, list, day, book) {
  const refusal = (status) => ({ status, message: said(book, status, null, list, day), facts: null });
  if (!text.startsWith(PREFIX)) return refusal("unreadable");
  let facts;
  try {
    const found = await opened(fromBase45(text.slice(PREFIX.length)), CARD_DOMAIN, keys);
    if (found.status) return refusal(found.status);
    facts = factsOf(found.payload, alphabetOf(book.alphabet));
  } catch (error) {
    if (error instanceof Unreadable) return refusal("unreadable");
    throw error;
  }
  let status = "valid";
  if (list && await isRevoked(facts, list)) status = "revoked";
  else if (day > facts.to_day) status = "expired";
  else if (day < facts.from_day) status = "not_yet";
  return { status, message: said(book, status, facts, list, day), facts };
}
