/* Keeps the capture page where there is no signal, and nothing else: the shell in both languages, its stylesheet
   and script (VERSION and FILES stand above, api/pages/capture/shell.py). No page of anybody is kept. A sign-out
   that passes by wipes the list taken along. */
"use strict";

const KEPT = `huisheng-capture-${VERSION}`;
const SHELLS = ["/capture?lang=zh", "/capture?lang=en"];
const LANGUAGE = "/capture/language";
const PATIENCE = 3000;

/* Without the session's cookies: the shell is nobody's, and asking for the other language changes no choice. */
self.addEventListener("install", (event) => event.waitUntil((async () => {
  const kept = await caches.open(KEPT);
  await kept.addAll([...SHELLS, ...FILES].map((url) => new Request(url, { credentials: "omit", cache: "reload" })));
  await self.skipWaiting();
})()));

self.addEventListener("activate", (event) => event.waitUntil((async () => {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith("huisheng-capture-") && name !== KEPT).map((name) => caches.delete(name)));
  await self.clients.claim();
})()));

const soon = (request) => new Promise((yes, no) => {
  setTimeout(() => no(new Error("too slow")), PATIENCE);
  fetch(request).then(yes, no);
});

const shell = async (request, url) => {
  const kept = await caches.open(KEPT);
  try {
    const answer = await soon(request);
    if (answer.ok) await kept.put(LANGUAGE, new Response(answer.headers.get("Content-Language") || ""));
    if (answer.status < 500) return answer;
  } catch { /* no signal: the kept one */ }
  const before = await kept.match(LANGUAGE);
  const asked = url.searchParams.get("lang") || (before ? await before.text() : "");
  return (await kept.match(asked.startsWith("en") ? SHELLS[1] : SHELLS[0])) || Response.error();
};

const file = async (request) => {
  const kept = await (await caches.open(KEPT)).match(request);
  return kept || fetch(request);
};

const wiped = () => new Promise((done) => {
  const asking = indexedDB.open("huisheng-capture", 1);
  asking.onupgradeneeded = () => asking.transaction.abort();
  asking.onerror = done;
  asking.onsuccess = () => {
    const work = asking.result.transaction(["list", "results"], "readwrite");
    work.objectStore("list").clear();
    work.objectStore("results").clear();
    work.oncomplete = work.onabort = () => {
      asking.result.close();
      new BroadcastChannel("huisheng-capture").postMessage("");
      done();
    };
  };
});

self.addEventListener("fetch", (event) => {
  const { request } = event, url = new URL(request.url);
  if (url.origin !== self.location.origin) return;
  if (request.method === "POST" && url.pathname === "/logout") event.waitUntil(wiped());
  else if (request.method !== "GET") return;
  else if (url.pathname === "/capture" && request.mode === "navigate") event.respondWith(shell(request, url));
  else if (FILES.includes(url.pathname + url.search)) event.respondWith(file(request));
});
