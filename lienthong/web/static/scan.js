// The scan page: reads a QR by camera, hand-held scanner or keyboard, checks it here, shows the answer. Nothing is stored.
import { canCheck, check, dayText, readKeys, readList, vietnamDay } from "./seal.js";

const page = document.getElementById("quet");
const form = document.getElementById("quet-ma");
const field = document.getElementById("ma");
const answer = document.getElementById("tra-loi");
const state = document.getElementById("tinh-trang");
const latest = document.getElementById("vua-quet");
const camera = document.getElementById("may-anh");
const view = document.getElementById("khung-hinh");
const book = JSON.parse(document.getElementById("loi").textContent);
const REFRESH = 10 * 60_000, RETRY = 30_000, LOOK = 250, LATEST = 20;
const ICONS = { valid: "✓", expired: "✕", not_yet: "!", revoked: "✕", forged: "✕", unknown_key: "?", unreadable: "?" };
const KINDS = { valid: "good", not_yet: "wait", unknown_key: "wait", unreadable: "wait" };
let keys = null, list = null, stream = null, asked = 0, next = 0;

function say(parts) { state.textContent = parts.filter(Boolean).join(" "); }

async function load() {
  const [bundle, bytes] = await Promise.all([fetch(page.dataset.keys), fetch(page.dataset.list)]);
  if (!bundle.ok) throw new Error("no keys");
  const read = await readKeys(await bundle.json());
  const revoked = bytes.ok ? await readList(new Uint8Array(await bytes.arrayBuffer()), read) : null;
  return { keys: read, list: revoked, isKept: [bundle, bytes].some((it) => it.headers.has("X-Kept")) };
}

async function refresh() {
  const turn = ++asked;
  const loaded = await load().catch(() => null);
  // A slow answer never takes the place of what was asked for after it.
  if (turn !== asked) return;
  // Without an answer, what was loaded before still stands.
  if (loaded) ({ keys, list } = loaded);
  const isFresh = navigator.onLine && loaded && !loaded.isKept;
  clearTimeout(next);
  next = setTimeout(refresh, isFresh ? REFRESH : RETRY);
  if (!keys) { say([book.no_keys]); return; }
  const about = list ? `${book.list_of} ${dayText(list.day)}.` : book.list_missing;
  say([`${keys.size} ${book.keys_loaded}`, about, isFresh ? "" : book.offline]);
}

function line(term, value) {
  const row = document.createElement("div");
  const name = document.createElement("dt"), said = document.createElement("dd");
  name.textContent = term;
  said.textContent = value;
  row.append(name, said);
  return row;
}

function show(found) {
  const box = document.createElement("section");
  box.className = `scan-answer notice ${KINDS[found.status] ?? "bad"}`;
  const title = document.createElement("h2");
  const icon = document.createElement("span");
  icon.textContent = ICONS[found.status];
  icon.setAttribute("aria-hidden", "true");
  title.append(icon, ` ${book.titles[found.status]}`);
  const sentence = document.createElement("p");
  sentence.textContent = found.message;
  box.append(title, sentence);
  if (found.facts) {
    const card = found.facts, facts = document.createElement("dl");
    facts.className = "facts";
    facts.append(
      line("Họ và tên", card.full_name), line("Ngày sinh", dayText(card.birth_day)), line("Giới tính", book.sexes[card.sex]),
      line("Mã thẻ", card.code), line("Giá trị", `từ ${dayText(card.from_day)} đến hết ${dayText(card.to_day)}`),
      line("Nơi đăng ký khám", card.facility_code || "Chưa đăng ký"),
    );
    box.append(facts);
  }
  answer.replaceChildren(box);
  const seen = document.createElement("li");
  const time = new Date().toLocaleTimeString("vi-VN", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
  seen.textContent = `${time} · ${ICONS[found.status]} ${book.titles[found.status]}${found.facts ? ` · ${found.facts.full_name}` : ""}`;
  latest.prepend(seen);
  while (latest.children.length > LATEST) latest.lastElementChild.remove();
  latest.closest("section").hidden = false;
}

async function judge(text) {
  if (!keys) { say([book.no_keys]); return; }
  show(await check(text.trim(), keys, list, vietnamDay(Date.now()), book));
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const text = field.value;
  field.value = "";
  field.focus();
  if (text.trim()) await judge(text);
});

async function watch() {
  const detector = new BarcodeDetector({ formats: ["qr_code"] });
  let before = "";
  while (stream) {
    const [found] = await detector.detect(view).catch(() => []);
    if (found && found.rawValue !== before) { before = found.rawValue; await judge(before); }
    await new Promise((done) => { setTimeout(done, LOOK); });
  }
}

async function toggleCamera() {
  if (stream) {
    stream.getTracks().forEach((track) => track.stop());
    stream = null;
    view.hidden = true;
    camera.textContent = book.camera_on;
    return;
  }
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    view.srcObject = stream;
    view.hidden = false;
    await view.play();
    camera.textContent = book.camera_off;
    watch();
  } catch { say([book.camera_refused]); }
}

async function start() {
  if (!await canCheck()) {
    answer.textContent = book.cannot_check;
    form.hidden = true;
    return;
  }
  const formats = "BarcodeDetector" in window ? await BarcodeDetector.getSupportedFormats() : [];
  if (formats.includes("qr_code") && navigator.mediaDevices) {
    camera.hidden = false;
    camera.addEventListener("click", toggleCamera);
  }
  await refresh();
  page.dataset.ready = "1";
  window.addEventListener("online", refresh);
  window.addEventListener("offline", refresh);
  if ("serviceWorker" in navigator) {
    const kept = await navigator.serviceWorker.register(page.dataset.worker, { scope: page.dataset.scope }).catch(() => null);
    if (kept) { await navigator.serviceWorker.ready; page.dataset.kept = "1"; }
  }
}

start();
