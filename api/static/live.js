/* What happens while one looks. Server-sent events say that something was recorded, never what; the page says
   how many things are new, marks them, and offers to load them. It never moves what somebody reads. */
"use strict";

(() => {
  const said = document.querySelector("[data-live]");
  const offer = document.querySelector("p[data-fresh]");
  if (said && window.EventSource) {
    const words = said.dataset;
    const fresh = new Set();
    let after = words.live, source = null, failed = 0, ended = false;

    const say = (text, off) => {
      said.hidden = false;
      said.classList.toggle("live-off", off);
      if (said.textContent !== text) said.textContent = text;
    };
    const mark = (stream) => document.querySelectorAll(`main a[href*="/${CSS.escape(stream)}"]`).forEach((link) => {
      const line = link.closest("tr, li, .card");
      if (line) line.classList.add("is-new");
    });
    const heard = (event) => {
      after = event.lastEventId;
      const { stream } = JSON.parse(event.data);
      if (!words.watch || !stream.startsWith(words.watch)) return;
      fresh.add(words.watch === stream ? event.lastEventId : stream);
      mark(stream);
      offer.querySelector("a").textContent = words.fresh.replace("{n}", fresh.size);
      offer.hidden = false;
    };
    const close = () => { if (source) source.close(); source = null; };
    const open = () => {
      if (source || ended) return;
      source = new EventSource(`/api/v1/stream?after=${after}`);
      source.addEventListener("fact", heard);
      source.onopen = () => { failed = 0; say(words.on, false); };
      source.onerror = () => {
        if (source.readyState !== EventSource.CLOSED) { say(words.off, true); return; }
        close();
        failed += 1;
        ended = failed > 3;
        say(ended ? words.over : words.off, true);
        if (!ended) setTimeout(open, 2000 * failed);
      };
    };
    /* A browser keeps six connections to a host: a page nobody looks at gives its own back. */
    document.addEventListener("visibilitychange", () => { if (document.hidden) close(); else open(); });
    window.addEventListener("pagehide", close);
    window.addEventListener("pageshow", () => { if (!document.hidden) open(); });
    if (!document.hidden) open();
  }

  /* long work: how far it is */
  const job = document.querySelector("[data-job]");
  if (job) {
    const bar = job.querySelector("progress"), text = job.querySelector("[data-done]");
    const look = async () => {
      const answer = await fetch(job.dataset.job, { headers: { Accept: "application/json" } }).catch(() => null);
      const told = answer && answer.ok ? await answer.json() : null;
      if (told && told.state !== "running") { location.replace(location.href.split("#")[0]); return; }
      if (told && told.of) {
        bar.max = told.of;
        bar.value = told.done;
        text.textContent = text.dataset.done.replace("{done}", told.done.toLocaleString()).replace("{of}", told.of.toLocaleString());
      }
      setTimeout(look, 500);
    };
    setTimeout(look, 300);
  }

  /* of a row of tabs that a phone cannot hold, the one that is open is in sight */
  document.querySelectorAll(".tabs [aria-current]").forEach((tab) => {
    const row = tab.parentElement;
    row.scrollLeft = tab.offsetLeft - row.offsetLeft - (row.clientWidth - tab.offsetWidth) / 2;
  });
})();
