// Keeps the scan page so that it opens without a network. Its name changes with any of its files.
const NAME = "quet-the-{{ version }}";
const FILES = [{% for address in files %}"{{ address|escapejs }}", {% endfor %}];
const PATIENCE = 3000;

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(NAME).then((cache) => cache.addAll(FILES)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  const isOld = (name) => name.startsWith("quet-the-") && name !== NAME;
  event.waitUntil(caches.keys()
    .then((names) => Promise.all(names.filter(isOld).map((name) => caches.delete(name))))
    .then(() => self.clients.claim()));
});

// The page tells its reader when it works from what was kept; it cannot see that for itself.
function marked(copy) {
  const headers = new Headers(copy.headers);
  headers.set("X-Kept", "1");
  return new Response(copy.body, { status: copy.status, headers });
}

// Fresh when the network answers in time, else as it was kept.
async function fresh(request) {
  const cache = await caches.open(NAME);
  const late = new Promise((_, refuse) => { setTimeout(() => refuse(new Error("late")), PATIENCE); });
  try {
    const answer = await Promise.race([fetch(request), late]);
    if (answer.ok) await cache.put(request, answer.clone());
    return answer;
  } catch {
    const copy = await cache.match(request);
    return copy ? marked(copy) : Response.error();
  }
}

async function kept(request) {
  const cache = await caches.open(NAME);
  return (await cache.match(request)) ?? fetch(request);
}

self.addEventListener("fetch", (event) => {
  const path = new URL(event.request.url).pathname;
  if (event.request.method !== "GET" || !FILES.includes(path)) return;
  event.respondWith(path.startsWith("{{ scope|escapejs }}") ? fresh(event.request) : kept(event.request));
});
