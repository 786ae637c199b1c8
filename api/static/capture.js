/* Capture without signal. What is noted is saved on the device first, with the device's clock and an id the device
   made; it is brought in when there is signal, photographs first, and taken off the device when the server has
   answered for it. An answer that is lost is asked for again: the id makes it count once. */
"use strict";

(() => {
const DAY = 86_400_000, EDGE = 1600, WEIGHT = 900_000, PHOTOS = 10, SOON = 2_000, AGAIN = 60_000, RESULTS = 50, NEEDS = 6, EVENING = 18;
const one = (selector, inside) => (inside || document).querySelector(selector);
const all = (selector, inside) => [...(inside || document).querySelectorAll(selector)];
const root = one("#capture"), lang = document.documentElement.lang;
const word = (name, facts = {}) => one("#words").content.querySelector(`[data-word="${name}"]`).textContent
  .replace(/\{(\w+)\}/g, (_, blank) => facts[blank] ?? "");
const made = (tag, text = "", put = {}) => Object.assign(document.createElement(tag), { textContent: text }, put);
const when = (moment) => new Intl.DateTimeFormat(lang, { month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit", hour12: false }).format(new Date(moment));
/* Seconds, as anybody says them: 15分钟, 3小时, 1天. */
const span = (seconds) => {
  const [unit, size] = [["day", 86_400], ["hour", 3600]].find(([, each]) => seconds >= 0.95 * each) || ["minute", 60];
  return new Intl.NumberFormat(lang, { style: "unit", unit, unitDisplay: "long" }).format(Math.round(seconds / size));
};
const shortDay = (day) => new Intl.DateTimeFormat(lang, { month: "numeric", day: "numeric" }).format(new Date(`${day}T12:00`));

root.hidden = false;
if (!window.indexedDB || !navigator.serviceWorker || !crypto.randomUUID) {
  root.replaceChildren(made("p", word("old"), { className: "flash flash-warn" }));
  return;
}
navigator.serviceWorker.register("/sw.js").catch(() => {});

/* ------------------------------------------------------------ the device's store */

const opened = new Promise((yes, no) => {
  const asking = indexedDB.open("huisheng-capture", 1);
  asking.onupgradeneeded = () => {
    asking.result.createObjectStore("list");
    asking.result.createObjectStore("queue", { keyPath: "id" });
    asking.result.createObjectStore("results", { keyPath: "id" });
  };
  asking.onsuccess = () => yes(asking.result);
  asking.onerror = () => no(asking.error);
});
/* All of it or nothing, on the disk when it resolves. */
const within = async (stores, work) => {
  const held = (await opened).transaction(stores, "readwrite", { durability: "strict" });
  const asked = work((name) => held.objectStore(name));
  return new Promise((yes, no) => {
    held.oncomplete = () => yes(asked && asked.result);
    held.onabort = () => no(held.error);
  });
};
const list = () => within(["list"], (store) => store("list").get("list"));
const items = async () => (await within(["queue"], (store) => store("queue").getAll()))
  .sort((a, b) => (a.device_at < b.device_at ? -1 : 1));
const wipe = () => within(["list", "results"], (store) => { store("list").clear(); store("results").clear(); });

/* Every open tab shows what lies on the device now. */
const tabs = new BroadcastChannel("huisheng-capture");
const changed = () => { tabs.postMessage(""); return show(); };
tabs.onmessage = () => show();

/* ------------------------------------------------------------ what the page says */

const say = (text, tone = "good", more) => {
  const said = one("#says");
  said.className = `flash flash-${tone}`;
  said.replaceChildren(made("p", text), ...(more ? [more] : []));
  said.hidden = false;
};
const toLogin = () => made("a", word("to-login"), { className: "btn", href: "/login?next=/capture" });

/* Lines that say what they said stay as they are: drawn anew, they would leave the finger that is on them. */
const drawn = new Map();
const draw = (place, facts, lines) => {
  const told = JSON.stringify(facts);
  if (drawn.get(place) === told) return;
  drawn.set(place, told);
  one(place).replaceChildren(...lines());
};

const show = async () => {
  const [taken, waiting, results] = [await list(), await items(), await within(["results"], (store) => store("results").getAll())];
  one("#net").textContent = word(navigator.onLine ? "online" : "offline");
  one("#along").textContent = taken
    ? word("list", { taken: when(taken.taken), n: taken.doors.length, until: when(taken.until) }) : word("no-list");
  one("#wipe").hidden = !taken;
  const off = taken && Math.abs(taken.offset) >= taken.clock_seconds;
  one("#clock").hidden = !off;
  if (off) one("#clock").textContent = word(taken.offset > 0 ? "clock-fast" : "clock-slow", { span: span(Math.abs(taken.offset)) });
  const doors = taken ? taken.doors : [];
  one("#no-doors").hidden = doors.length > 0;
  const noted = doors.map((door) => waiting.some((item) => item.about === door.about));
  draw("#doors", [taken && taken.taken, doors, noted], () => doors.map((door, n) => {
    const line = made("li", "", { className: "card card-tight stack-s" });
    line.append(made("p", door.title, { className: "row" }), made("p", door.where, { className: "small muted" }));
    if (door.due_by) line.append(made("p", word("due", { when: when(door.due_by) }), { className: "meta" }));
    if (noted[n]) line.append(made("p", word("noted"), { className: "chip chip-soon" }));
    const ways = door.what === "attempt" ? ["attempt", "booking"] : [door.what], row = made("div", "", { className: "row" });
    for (const what of ways) {
      const button = made("button", word(what), { type: "button", className: `btn btn-l${ways.length > 1 ? "" : " btn-wide"}`, onclick: () => open({ ...door, what, taken }, button) });
      button.setAttribute("aria-label", `${word(what)} ${door.title}`);
      row.append(button);
    }
    line.append(row);
    return line;
  }));
  one("#another").hidden = !(taken && taken.asked && taken.asked.rounds.length);
  all("#another button").forEach((button) => {
    button.onclick = () => open({ what: button.dataset.what, about: "", title: word("another"), where: "", taken }, button);
  });
  one("#waiting").textContent = waiting.length
    ? `${word("waiting", { n: waiting.length })} ${held ? word("later") : ""}` : word("none-waiting");
  one("#send").hidden = !waiting.length;
  draw("#queue", waiting.map((item) => [item.id, item.stuck]), () => waiting.map((item) => {
    const line = made("li", "", { className: "card card-tight stack-s" });
    line.append(made("p", item.title), made("p", `${when(item.device_at)} ${item.photos.length ? word("photos", { n: item.photos.length }) : ""}`, { className: "meta" }));
    if (item.stuck) line.append(made("p", item.stuck, { className: "flash flash-warn" }), wordsOf(item));
    const button = made("button", word("throw"), { type: "button", className: "btn btn-s", onclick: () => thrown(item) });
    button.setAttribute("aria-label", `${word("throw")} ${item.title}`);
    line.append(button);
    return line;
  }));
  draw("#results", results, () => results.sort((a, b) => (a.at < b.at ? 1 : -1)).slice(0, RESULTS).map((each) => {
    const line = made("li", "", { className: `flash flash-${each.result === "conflict" ? "warn" : "good"}` }), [colon, stop] = lang === "en" ? [": ", ". "] : ["：", "。"];
    line.append(made("p", `${each.title}${colon}${word(each.result)}${each.reason ? stop + each.reason : ""}`));
    return line;
  }));
};

/* What cannot be brought in can still be read here, and noted elsewhere. */
const wordsOf = (item) => {
  const [whole, said] = [made("details", "", { className: "more" }), []];
  const spoken = (text) => {
    const label = [`#t-${item.what}`, "#t-attempt"].map((form) => one(form).content.querySelector(`input[value="${CSS.escape(text)}"] + label`)).find(Boolean);
    return label ? label.textContent : /^\d{4}-\d\d-\d\dT/.test(text) ? when(text) : text;
  };
  const read = (value, name) => {
    if (value && typeof value === "object") Object.entries(value).forEach(([key, each]) => read(each, key));
    else if (typeof value === "string" && value && !["method", "mode", "category", "origin", "quantity", "booking"].includes(name)) said.push(spoken(value));
    else if (typeof value === "number") said.push(String(value));
  };
  read(item.body, "");
  whole.append(made("summary", word("what-was-noted")), ...said.map((text) => made("p", text, { className: "prose" })));
  return whole;
};

const thrown = async (item) => {
  if (!window.confirm(word("throw-sure"))) return;
  await alone(() => within(["queue"], (store) => store("queue").delete(item.id)), {});
  await changed();
};
/* One tab at a time; two would only be answered "already". */
const alone = (work, how) => (navigator.locks ? navigator.locks.request("huisheng-capture", how, (lock) => lock && work()) : work());

/* ------------------------------------------------------------ taking the list along */

/* What an answer is called on the door's form. */
const called = (value) => one("#t-attempt").content.querySelector(`input[value="${value}"] + label`).textContent;
const doorsOf = (told) => [
  ...told.follow_ups.map((each) => ({ ...each, what: "follow-up", title: `${each.number} ${each.category}`, says: each.text })),
  ...told.doors.stops.map((each) => ({
    about: each.about, what: "attempt", title: each.where, where: called(each.window),
    booking: each.booking, says: each.last_at ? word("tried", { when: when(each.last_at), window: called(each.last_window), outcome: called(each.last_outcome) }) : "",
  })),
  ...told.doors.care.map((each) => ({ about: each.about, what: "care-visit", title: each.where, where: word("visit-by", { when: when(each.due_by) }) })),
];

const take = async () => {
  const before = Date.now();
  const answer = await fetch("/api/v1/capture/along", { headers: { "Accept-Language": lang } }).catch(() => null);
  if (!answer || answer.status >= 500) { say(word("later"), "warn"); return; }
  if (answer.status === 401) { say(word("sign-in"), "warn", toLogin()); return; }
  if (!answer.ok) { say(word("forbidden"), "warn"); return; }
  const told = await answer.json(), after = Date.now();
  const kept = {
    person: told.person, doors: doorsOf(told), asked: told.doors, taken: after, until: after + told.hours * 3_600_000, now: told.now,
    clock_seconds: told.clock_seconds, offset: Math.round(((before + after) / 2 - Date.parse(told.now)) / 1000),
  };
  try {
    await within(["list"], (store) => store("list").put(kept, "list"));
  } catch { say(word("full"), "bad"); return; }
  if (navigator.storage && navigator.storage.persist) navigator.storage.persist();
  one("#says").hidden = true;
  await changed();
};

const aged = async () => {
  const taken = await list();
  if (taken && (Date.now() > taken.until || Date.now() < taken.taken - DAY)) { await wipe(); await changed(); }
};

/* ------------------------------------------------------------ noting */

const number = (text) => Number.parseFloat(text.replace("，", ".").replace("。", ".").replace(",", "."));
const chosen = (form, name) => (one(`input[name="${name}"]:checked`, form) || {}).value || "";

const missing = (what) => word("missing", { what: what.trim() });
const measure = (form, asked, n) => {
  const field = one("#t-reading").content.cloneNode(true), input = one("input", field), hint = one(".hint", field);
  input.id = `c-reading-${n}`;
  one("label", field).htmlFor = input.id;
  one("[data-label]", field).textContent = asked.label;
  one("[data-unit]", field).textContent = asked.unit;
  hint.id = `${input.id}-h`;
  if (asked.least !== null && asked.least !== undefined) {
    hint.hidden = false;
    hint.textContent = word("good-from", { n: `${asked.least}${asked.unit}` });
    input.setAttribute("aria-describedby", hint.id);
  }
  one("[data-readings]", form).append(field);
};
const measured = (form, readings, needed) => readings.flatMap((asked, n) => {
  const text = one(`#c-reading-${n}`, form).value.trim(), value = number(text);
  if (!text) { if (needed) throw missing(asked.label); return []; }
  if (Number.isNaN(value)) throw word("no-number", { what: asked.label });
  return [{ quantity: asked.quantity, value, unit: asked.unit }];
});
const counted = (form, id) => {
  const text = one(id, form).value.trim(), label = one(`label[for="${id.slice(1)}"]`, form).firstChild.textContent.trim();
  if (text && !/^\d{1,4}$/.test(text)) throw word("no-number", { what: label });
  return [text === "" ? null : Number(text), label];
};
const legend = (form, name) => one(`[data-field="${name}"] legend`, form).textContent;

/* One more need to write down. */
const need = (form, door) => {
  const field = one("#t-need").content.cloneNode(true).firstElementChild, n = all("[data-needs] > *", form).length + 1;
  one("legend", field).textContent = word("need", { n });
  all("select, textarea, input", field).forEach((input, part) => {
    input.id = `c-need-${n}-${part}`;
    one("label", input.parentElement).htmlFor = input.id;
  });
  one("select", field).append(...door.taken.asked.categories.map(({ code, label }) => made("option", label, { value: code })));
  one("[data-needs]", form).append(field);
  one("[data-more]", form).hidden = n >= NEEDS;
  return field;
};
const needs = (form) => all("[data-needs] > *", form).flatMap((field) => {
  const category = one("select", field).value, text = one("textarea", field).value.trim();
  if (!category && !text) return [];
  if (!category || !text) throw missing(`${one("legend", field).textContent} ${one(category ? "textarea" : "select", field).labels[0].textContent}`);
  return [{ category, text, origin: one("input", field).checked ? "reactive" : "proactive" }];
});

/* Who went along: nobody by half. */
const along = (form) => all("[data-along]", form).flatMap((field) => {
  const [name, capacity] = [one("input", field), one("select", field)];
  if (!name.value.trim() && !capacity.value) return [];
  const lacks = [name, capacity].find((each) => !each.value.trim());
  if (lacks) throw missing(`${one("legend", field).textContent} ${lacks.labels[0].textContent}`);
  return [{ name: name.value.trim(), capacity: capacity.value }];
});

/* When it was: the day and time of the form, which stand at now; undefined where nobody changed them. */
const tried = (form) => new Date(`${one("#c-day", form).value}T${one("#c-time", form).value}`);
const clock = (form) => {
  const now = new Date(), two = (part) => String(part).padStart(2, "0");
  one("#c-day", form).value = dated(now);
  one("#c-time", form).value = `${two(now.getHours())}:${two(now.getMinutes())}`;
  form.dataset.now = tried(form).getTime();
};
const dated = (at) => `${at.getFullYear()}-${String(at.getMonth() + 1).padStart(2, "0")}-${String(at.getDate()).padStart(2, "0")}`;
const moment = (form) => {
  const at = tried(form);
  if (Number.isNaN(at.getTime())) throw missing(one("#c-day", form).closest("fieldset").firstElementChild.textContent);
  if (at.getTime() > Date.now()) throw word("not-yet");
  return at.getTime() === Number(form.dataset.now) ? undefined : at.toISOString();
};
const asking = (form, door) => {
  need(form, door);
  one("[data-more]", form).addEventListener("click", () => one("select", need(form, door)).focus());
};

/* What the clock says of the window, until somebody says otherwise. */
const usual = (moment) => ([0, 6].includes(moment.getDay()) ? "weekend" : moment.getHours() >= EVENING ? "evening" : "day");

/* Of which household, where no list said it. */
const which = (form, door) => {
  one("[data-which]", form).hidden = Boolean(door.about);
  one("#c-round", form).append(...door.taken.asked.rounds.map(({ id, name }) => made("option", name, { value: id })));
};
const doorOf = (form, door) => {
  if (door.about) return door;
  const household = one("#c-household", form), id = household.value.trim();
  household.value = id;
  if (!id) throw missing(household.labels[0].textContent);
  if (household.validity.patternMismatch) throw word("no-id");
  return { ...door, about: `${one("#c-round", form).value}/${id}`, title: id };
};
const parted = (about) => [about.slice(0, about.indexOf("/")), about.slice(about.indexOf("/") + 1)];

/* A slot that is agreed for another time: on a day of the round, its window by the clock until somebody chooses. */
const slotted = (form, door) => {
  const [day, from] = ["#c-slot-day", "#c-slot-from"].map((id) => one(id, form)), windows = all('input[name="slot-window"]', form);
  const days = () => {
    const [id] = door.about ? parted(door.about) : [one("#c-round", form).value], round = door.taken.asked.rounds.find((each) => each.id === id);
    [day.min, day.max] = round && round.from ? [[dated(new Date()), round.from].sort()[1], round.to] : [dated(new Date()), ""];
    one("#c-slot-day-h", form).textContent = round && round.from ? word("slot-days", { from: shortDay(round.from), to: shortDay(round.to) }) : "";
  };
  let said = false;
  windows.forEach((each) => each.addEventListener("change", () => { said = true; }));
  [day, from].forEach((input) => input.addEventListener("change", () => {
    if (said || !day.value) return;
    const usually = usual(new Date(`${day.value}T${from.value || "12:00"}`));
    windows.forEach((each) => { each.checked = each.value === usually; });
  }));
  one("#c-round", form).addEventListener("change", days);
  days();
};
const slotOf = (form, door) => {
  const [day, from, until, note] = ["#c-slot-day", "#c-slot-from", "#c-slot-until", "#c-slot-note"].map((id) => one(id, form));
  if (![day, from, until, note].some((each) => each.value.trim())) return null;
  if (!day.value) throw missing(day.labels[0].textContent);
  if (day.value < dated(new Date())) throw word("slot-past");
  if (day.validity.rangeUnderflow || day.validity.rangeOverflow) throw one("#c-slot-day-h", form).textContent;
  const window = chosen(form, "slot-window");
  if (!window) throw missing(legend(form, "slot-window"));
  const [from_at, until_at] = [from, until].map((each) => each.value && new Date(`${day.value}T${each.value}`));
  if (until_at && until_at <= (from_at || new Date())) throw word("slot-order");
  const body = { household: parted(door.about)[1], day: day.value, window };
  if (from_at) body.from_at = from_at.toISOString();
  if (until_at) body.until_at = until_at.toISOString();
  if (note.value.trim()) body.note = note.value.trim();
  return { what: "booking", title: word("slot-of", { title: door.title, when: `${shortDay(day.value)} ${called(window)} ${[from, until].map((each) => each.value).filter(Boolean).join("–")}`.trim() }), body };
};

/* Each way: how its form is filled in beforehand, and what it says; a throw names what is missing. `door`: of
   which one it was, where no list said it; `also`: what else was noted with it, an item of its own. */
const WAYS = {
  "follow-up": {
    ready: (form, door) => door.readings.forEach((asked, n) => measure(form, asked, n)),
    body: (form, door) => {
      const reached = chosen(form, "reached") === "true", told = { method: door.methods.includes("on_site") ? "on_site" : door.methods[0], reached };
      if (form.elements.note.value.trim()) told.note = form.elements.note.value.trim();
      told.readings = measured(form, door.readings, reached);
      if (!reached) return told;
      ["satisfaction", "solved"].forEach((name) => {
        told[name] = chosen(form, name);
        if (!told[name]) throw missing(legend(form, name));
      });
      return told;
    },
  },
  attempt: {
    ready: (form, door) => {
      which(form, door);
      slotted(form, door);
      clock(form);
      const windows = all('input[name="window"]', form), preset = () => windows.forEach((each) => { each.checked = each.value === usual(tried(form)); });
      let said = false;
      windows.forEach((each) => each.addEventListener("change", () => { said = true; }));
      ["#c-day", "#c-time"].forEach((id) => one(id, form).addEventListener("change", () => { if (!said && tried(form).getTime()) preset(); }));
      preset();
      all('input[name="outcome"]', form).forEach((each) => each.addEventListener("change", () => { one("[data-opened]", form).hidden = each.value !== "opened"; }));
      asking(form, door);
      door.taken.asked.readings.forEach((asked, n) => measure(form, asked, n));
      one("[data-booked]", form).hidden = !door.booking;
      if (door.booking) one('label[for="c-booked"]', form).textContent = word("booked", { when: `${called(door.booking.window)} ${door.booking.times}`.trim() });
    },
    door: doorOf,
    also: slotOf,
    body: (form, door) => {
      const outcome = chosen(form, "outcome"), note = form.elements.note.value.trim();
      if (!outcome) throw missing(legend(form, "outcome"));
      const body = { household: parted(door.about)[1], outcome, window: chosen(form, "window"), mode: "in_person", occurred_at: moment(form) };
      if (note) body.note = note;
      if (door.booking && one("#c-booked", form).checked) body.booking = door.booking.booking;
      if (outcome !== "opened") return body;
      const [met, label] = counted(form, "#c-met"), [minutes] = counted(form, "#c-minutes");
      if (met === null) throw missing(label);
      if (minutes !== null) body.minutes = minutes;
      return { ...body, people_met: met, needs: needs(form), team: along(form), readings: measured(form, door.taken.asked.readings, false) };
    },
  },
  booking: {
    ready: (form, door) => { which(form, door); slotted(form, door); },
    door: doorOf,
    also: slotOf,
    body: (form, door) => {
      if (!slotOf(form, door)) throw missing(one("#c-slot-day", form).labels[0].textContent);
      return null;
    },
  },
  "care-visit": {
    ready: (form, door) => { clock(form); asking(form, door); },
    body: (form) => {
      const [minutes] = counted(form, "#c-minutes"), body = { met: chosen(form, "met") === "true", occurred_at: moment(form), needs: needs(form) };
      ["water", "electricity"].forEach((name) => { body[name] = chosen(form, name); });
      ["health", "safety", "wishes"].forEach((name) => { body[name] = form.elements[name].value.trim(); });
      if (form.elements.chat.checked) body.chat = true;
      if (minutes !== null) body.minutes = minutes;
      return body;
    },
  },
};

/* A photograph no larger than it need be; drawn anew, it has lost its place and its device. Null: no picture. */
const smaller = async (chosenFile) => {
  const picture = await createImageBitmap(chosenFile).catch(() => null);
  if (!picture) return null;
  for (let edge = EDGE, quality = 0.85; ; edge *= 0.75, quality = 0.7) {
    const share = Math.min(1, edge / Math.max(picture.width, picture.height));
    const canvas = made("canvas", "", { width: Math.max(1, Math.round(picture.width * share)), height: Math.max(1, Math.round(picture.height * share)) });
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", quality));
    if (!blob || blob.size <= WEIGHT || edge < 400) return blob;
  }
};

const open = (door, from) => {
  const form = one(`#t-${door.what}`).content.cloneNode(true).firstElementChild;
  one("[data-title]", form).textContent = door.title;
  one("[data-about]", form).textContent = `${door.where} ${door.says || ""}`;
  WAYS[door.what].ready(form, door);
  const close = () => { one("#place").replaceChildren(); if (from.isConnected) from.focus(); else one("#h-doors").focus(); };
  one("[data-leave]", form).addEventListener("click", close);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = one("button", form);
    if (button.disabled) return;
    button.disabled = true;
    try { if (await saved(form, door)) close(); } finally { button.disabled = false; }
  });
  one("#place").replaceChildren(form);
  one("h2", form).focus();
};

/* Without what no text may hold: pasted control characters, hidden direction marks, half characters. */
const UNSEEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
const plain = (told) => JSON.parse(JSON.stringify(told), (_, value) => (typeof value === "string" ? value.replace(UNSEEN, "") : value));

/* Whether it lies on the device. If not, the form stays as it is. */
const saved = async (form, from) => {
  const now = Date.now(), files = one('input[type="file"]', form), way = WAYS[from.what];
  let body, slot = null, door = from;
  try {
    if (way.door) door = way.door(form, from);
    body = way.body(form, door);
    if (way.also) slot = way.also(form, door);
  } catch (why) {
    if (typeof why !== "string") throw why;
    say(why, "bad");
    one("#says").focus();
    return false;
  }
  const blobs = await Promise.all([...(files ? files.files : [])].slice(0, PHOTOS).map(smaller));
  if (blobs.includes(null)) { say(word("no-picture"), "bad"); one("#says").focus(); return false; }
  const noted = [
    ...(body ? [{ what: door.what, title: door.title, body, photos: blobs.map((blob) => ({ blob, sent: "" })) }] : []),
    ...(slot ? [{ ...slot, photos: [] }] : []),
  ].map((each, n) => ({
    ...each, body: plain(each.body), id: crypto.randomUUID(), person: door.taken.person, about: door.about, offset: door.taken.offset, taken_at: door.taken.now,
    device_at: new Date(now + n).toISOString(), // in the order they were noted
  }));
  try {
    await within(["queue"], (store) => noted.forEach((item) => { store("queue").put(item); }));
  } catch { say(word("full"), "bad"); one("#says").focus(); return false; }
  say(word("saved"));
  await changed();
  upload();
  return true;
};

/* ------------------------------------------------------------ bringing in */

let held = false, pause = SOON, next = 0; // there is signal, and still no answer: asked again soon, then seldom
const later = () => { clearTimeout(next); next = setTimeout(upload, pause); pause = Math.min(2 * pause, AGAIN); };
const NOW = Symbol("not now"), NO = Symbol("refused");
/* The answer's JSON; throws NOW where it is to be tried again later, {[NO]: why} where this item cannot be. */
const sent = async (path, put) => {
  const answer = await fetch(path, { method: "POST", ...put, headers: { "Accept-Language": lang, ...put.headers } }).catch(() => null);
  if (!answer || answer.status >= 500 || answer.status === 408 || answer.status === 429) throw NOW;
  const told = await answer.json().catch(() => { throw NOW; });
  if (answer.status === 401) { say(word("sign-in"), "warn", toLogin()); pause = AGAIN; throw NOW; }
  if (!answer.ok) throw { [NO]: told.detail || String(answer.status) };
  return told;
};

/* What is left of a door on the list once an item came in. A slot of today is still to be kept, by its name. */
const left = (door, { what, about, body }, booking) => {
  if (door.about !== about) return [door];
  if (what !== "booking" || body.day !== dated(new Date())) return [];
  const times = [body.from_at, body.until_at].filter(Boolean).map((at) => when(at).slice(-5)).join("–");
  return [booking ? { ...door, booking: { booking, window: body.window, times } } : door];
};

const bringIn = async (item) => {
  for (const photo of item.photos) {
    if (photo.sent) continue;
    const body = new FormData();
    body.set("file", photo.blob, "photo.jpg");
    photo.sent = (await sent("/api/v1/evidence", { body })).id;
    await within(["queue"], (store) => store("queue").put(item)).catch(() => {}); // a full device sends it again
  }
  const { id, what, about, device_at, offset, taken_at } = item;
  const body = item.photos.length ? { ...item.body, photos: item.photos.map((photo) => photo.sent) } : item.body;
  const told = await sent("/api/v1/capture", {
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ person: item.person, items: [{ id, what, about, device_at, offset, taken_at, body }] }),
  });
  const { result, booking, reason = "", what_would_help = "" } = told.results[0];
  if (result === "refused") throw { [NO]: reason };
  const why = [reason, what_would_help].filter(Boolean).join(" ");
  await within(["queue", "list", "results"], (store) => {
    store("queue").delete(id);
    store("results").put({ id, title: item.title, result, reason: why, at: Date.now() });
    const asking = store("list").get("list");
    asking.onsuccess = () => {
      const taken = asking.result;
      if (taken) store("list").put({ ...taken, doors: taken.doors.flatMap((door) => left(door, item, booking)) }, "list");
    };
  }).catch(() => within(["queue"], (store) => { store("queue").delete(id); })); // no room to say so: it is in all the same
};

const upload = () => alone(async () => {
  for (const item of await items()) {
    try { await bringIn(item); held = false; pause = SOON; } catch (why) {
      if (why === NOW) { held = navigator.onLine; if (held) later(); await show(); return; }
      if (!why || !why[NO]) throw why;
      await within(["queue"], (store) => store("queue").put({ ...item, stuck: why[NO] }));
    }
    await changed();
  }
}, { ifAvailable: true });

/* ------------------------------------------------------------ the page */

one("#take").addEventListener("click", take);
one("#wipe").addEventListener("click", async () => { await wipe(); await changed(); one("#take").focus(); });
one("#send").addEventListener("click", () => { one("#says").hidden = true; one("#waiting").textContent = word("sending"); return upload().finally(show); });
window.addEventListener("online", () => show().then(upload));
window.addEventListener("offline", show);
document.addEventListener("visibilitychange", () => { if (!document.hidden) aged().then(show).then(upload); });
setInterval(() => { aged(); if (navigator.onLine) upload(); }, AGAIN);
aged().then(show).then(upload);
})();
