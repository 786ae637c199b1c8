/* What a case worker's pages do beyond plain forms. Everything here works without it: more slowly, with one
   page more. No framework, nothing kept but whether the keys are off. */
"use strict";

const one = (selector, inside) => (inside || document).querySelector(selector);
const all = (selector, inside) => [...(inside || document).querySelectorAll(selector)];

/* print */
all("[data-print]").forEach((link) => link.addEventListener("click", (event) => {
  event.preventDefault();
  all("main details").forEach((each) => { each.open = true; });
  window.print();
}));

/* the queue: ticks and keys */
const queue = one("[data-queue]");
if (queue) {
  const ticks = all("tbody input[type=checkbox]", queue);
  const every = one("[data-all]", queue);
  const said = one("[data-picked]", queue);
  const bar = one(".bulk", queue);
  const count = () => {
    const n = ticks.filter((tick) => tick.checked).length;
    if (said) said.textContent = n ? said.dataset.picked.replace("{n}", n) : said.dataset.none;
    if (bar) bar.classList.toggle("is-idle", n === 0);
    if (every) every.checked = n > 0 && n === ticks.length;
  };
  if (every) {
    every.hidden = false;
    every.addEventListener("change", () => {
      ticks.forEach((tick) => { tick.checked = every.checked; });
      count();
    });
  }
  ticks.forEach((tick) => tick.addEventListener("change", count));
  count();
}

const KEYS_OFF = "huisheng-keys-off";
const off = one("[data-keys-off]");
const kept = (value) => {
  try {
    if (value !== undefined) localStorage.setItem(KEYS_OFF, value);
    return localStorage.getItem(KEYS_OFF) === "1";
  } catch { return off ? off.checked : false; }
};
if (off) {
  off.checked = kept();
  off.addEventListener("change", () => kept(off.checked ? "1" : "0"));
}
const slash = one("[data-slash]");
if (slash) slash.hidden = kept();

const lines = queue ? all("tbody tr", queue) : [];
let at = -1;
const go = (next) => {
  if (!lines.length) return;
  if (lines[at]) lines[at].classList.remove("is-cursor");
  at = Math.max(0, Math.min(lines.length - 1, next));
  lines[at].classList.add("is-cursor");
  one("th a", lines[at]).focus();
};
const typing = (target) => target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]");
const keys = {
  j: () => go(at + 1),
  k: () => go(at - 1),
  x: () => {
    const tick = lines[at] && one("input[type=checkbox]", lines[at]);
    if (tick) tick.click();
  },
  d: () => {
    const unit = one("#b-unit");
    if (unit) unit.focus();
  },
  "/": () => (one("#f-q") || one("#q-top")).focus(),
  "?": () => {
    const help = one("[data-keys]");
    if (help) { help.open = !help.open; one("summary", help).focus(); }
  },
};
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || typing(event.target)) return;
  const does = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (!does || kept() || (!queue && event.key !== "/")) return;
  event.preventDefault();
  does();
});
lines.forEach((line, n) => line.addEventListener("focusin", () => {
  if (lines[at]) lines[at].classList.remove("is-cursor");
  at = n;
  line.classList.add("is-cursor");
}));

/* a reading says what it will cause before it is sent */
all("[data-verdict]").forEach((verdict) => {
  const input = document.getElementById(verdict.dataset.verdict);
  const tell = () => {
    const value = Number.parseFloat(input.value.replace(/[,，。]/, "."));
    verdict.hidden = Number.isNaN(value);
    if (verdict.hidden) return;
    const under = value < Number.parseFloat(input.dataset.least);
    one("span", verdict).textContent = verdict.dataset[under ? "under" : "over"].replace("#", value);
  };
  input.addEventListener("input", tell);
  tell();
});

/* a long list of choices is narrowed by typing */
all("[data-narrows]").forEach((input) => {
  input.hidden = false;
  const choices = all(".choice", document.getElementById(input.dataset.narrows));
  input.addEventListener("input", () => {
    const wanted = input.value.trim().toLowerCase();
    choices.forEach((choice) => {
      choice.hidden = !choice.textContent.toLowerCase().includes(wanted) && !one("input", choice).checked;
    });
  });
});

/* registering: cases it may repeat are shown while it is typed */
const form = one("[data-registering]");
if (form) {
  const place = one("#alike");
  let waiting = 0;
  let asked = 0;
  one("[data-look]", form).hidden = true;
  const look = async () => {
    const mine = ++asked;
    const body = new FormData();
    ["text", "place.grid", "place.address"].forEach((name) => body.set(name, form.elements[name].value));
    body.set("similar", "list");
    if (String(body.get("text")).trim().length < 4) {
      const none = document.createElement("p");
      none.className = "meta";
      none.textContent = place.dataset.none;
      place.replaceChildren(none);
      return;
    }
    try {
      const answer = await fetch(form.action, { method: "POST", body });
      if (answer.ok && mine === asked) {
        const made = new DOMParser().parseFromString(await answer.text(), "text/html");
        place.replaceChildren(...made.body.childNodes);
      }
    } catch { one("[data-look]", form).hidden = false; }
  };
  form.addEventListener("input", (event) => {
    if (!["text", "place.grid", "place.address"].includes(event.target.name)) return;
    clearTimeout(waiting);
    waiting = setTimeout(look, 400);
  });
}

/* the summary of faults is where a reader starts */
const faults = one("#error-summary");
if (faults) faults.focus();
