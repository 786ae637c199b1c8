/* Reporting: open cases that may be the same are shown below what is typed, before anything is sent.
   Without this script they are shown once, when the form is sent. */
const form = document.querySelector("[data-alike]");
const place = document.querySelector("#alike");
let waiting = 0;
let asked = 0;

const look = async () => {
  const mine = ++asked;
  const body = new FormData();
  ["category", "text", "place.grid"].forEach((name) => body.set(name, form.elements[name].value || ""));
  if (![...body.values()].every(Boolean) || body.get("text").trim().length < 6) { place.replaceChildren(); return; }
  try {
    const answer = await fetch(form.dataset.alike, { method: "POST", body });
    if (!answer.ok || mine !== asked) return;
    const made = new DOMParser().parseFromString(await answer.text(), "text/html");
    place.replaceChildren(...made.body.childNodes);
  } catch { /* it is shown when the form is sent */ }
};

form.addEventListener("input", (event) => {
  if (!["category", "text", "place.grid"].includes(event.target.name)) return;
  clearTimeout(waiting);
  waiting = setTimeout(look, 900);
});
