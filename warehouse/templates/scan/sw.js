/* Keeps the shell and the pages of who is signed in, so that they open without Wi-Fi. Pages come from the network
   first; what a page of somebody else or of nobody (X-Scan-Session) brings makes it forget the former person's. */
"use strict";
const SHELL = "scan-shell-{{ version }}", DATA = "scan-data-";
const FILES = [{% for file in files %}"{{ file|escapejs }}",{% endfor %}];
const NEVER = ["/scan/sign-in/", "/scan/sign-out/", "/scan/enrol/", "/scan/find/", "/scan/sw.js", "/scan/board/data/"];

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(SHELL).then((cache) => cache.addAll(FILES)).then(() => self.skipWaiting()));
});
self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    for (const name of await caches.keys()) if (name.startsWith("scan-shell-") && name !== SHELL) await caches.delete(name);
    await self.clients.claim();
  })());
});
self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== self.location.origin) return;
  if (FILES.includes(url.pathname)) event.respondWith(caches.match(event.request, { ignoreVary: true }).then((kept) => kept || fetch(event.request)));
  else if (url.pathname.startsWith("/scan/")) event.respondWith(page(event.request, url.pathname));
});

/* Who is signed in, as the last answer said, and how often that changed: an answer that was asked for before a change
   comes too late. It would bring back pages of who has left. */
let seen = null, changes = 0;
async function page(request, path) {
  const begun = changes;
  try {
    const answer = await patiently(request);
    await keep(request, path, answer, begun);
    return answer;
  } catch {
    const kept = NEVER.includes(path) ? null : await found(request);
    return kept || new Response("{{ offline|escapejs }}", { status: 503, headers: { "content-type": "text/plain; charset=utf-8" } });
  }
}
/* A dead access point answers nothing for minutes. */
function patiently(request) {
  return Promise.race([fetch(request), new Promise((_done, fail) => setTimeout(() => fail(new Error("slow")), 6000))]);
}
async function keep(request, path, answer, begun) {
  const session = answer.headers.get("X-Scan-Session");
  if (!session || begun !== changes) return;
  if (seen !== session) { if (seen !== null) changes += 1; seen = session; }
  const now = changes;
  for (const name of await caches.keys()) if (name.startsWith(DATA) && name !== DATA + session) await caches.delete(name);
  if (session === "none" || !answer.ok || NEVER.includes(path) || now !== changes) return;
  await (await caches.open(DATA + session)).put(request, answer.clone());
}
async function found(request) {
  for (const name of await caches.keys()) if (name.startsWith(DATA)) {
    const kept = await (await caches.open(name)).match(request, { ignoreVary: true });
    if (kept) return kept;
  }
  return null;
}
