/* Draws a week's spot check again from its pack alone, byte by byte as docs/spot-checks.md has it. Hashes are
   WebCrypto's where the browser gives them to this page, else those of verify.js, which also judges the notes. */
"use strict";
(() => {
  const FORMAT = "huisheng-spot-check-v1", bytesOf = new TextEncoder();
  const at = id => document.getElementById(id), place = document.querySelector("[data-redraw]");
  const words = place.dataset;

  const sha256 = async data => globalThis.crypto && crypto.subtle
    ? new Uint8Array(await crypto.subtle.digest("SHA-256", data)) : huisheng.sha256(data);
  const unhexed = text => {
    if (!/^([0-9a-f]{2})*$/.test(text)) throw new Error("hexadecimal");
    return Uint8Array.from(text.match(/../g) || [], pair => parseInt(pair, 16));
  };
  const chained = (first, text) => {
    const rest = bytesOf.encode(text), all = new Uint8Array(first.length + rest.length);
    all.set(first); all.set(rest, first.length);
    return all;
  };
  const inBytes = (a, b) => {
    const [x, y] = [huisheng.hex(bytesOf.encode(a)), huisheng.hex(bytesOf.encode(b))];
    return x < y ? -1 : x > y ? 1 : 0;
  };

  /* {root, seed, draw, findings, signers, by}; `findings` names what the pack says otherwise. */
  const redrawn = async (pack, key) => {
    if (!pack || pack.format !== FORMAT || !Array.isArray(pack.frame)) throw new Error("no pack");
    const tickets = pack.frame.map(one => [String(one.case), String(one.ticket)]).sort((a, b) => inBytes(a[0], b[0]));
    const head = ["huisheng-frame-v1", pack.week, pack.place, tickets.length];
    const text = [...head, ...tickets.map(([id, ticket]) => `${id} ${ticket}`)].map(line => `${line}\n`).join("");
    const root = huisheng.hex(await sha256(bytesOf.encode(text)));
    const value = pack.value === null ? "" : String(pack.value);
    const seed = huisheng.hex(await sha256(chained(unhexed(root), value))), lots = [];
    for (const [id] of tickets) lots.push([huisheng.hex(await sha256(chained(unhexed(seed), id))), id]);
    lots.sort((a, b) => (a[0] < b[0] ? -1 : 1));
    const draw = lots.slice(0, pack.many).map(([, id]) => id), findings = [];
    if (root !== pack.root) findings.push("root");
    if (pack.value !== null && seed !== pack.seed) findings.push("seed");
    if (pack.value !== null && JSON.stringify(draw) !== JSON.stringify(pack.draw)) findings.push("draw");
    if (new Set(tickets.map(([id]) => id)).size < tickets.length) findings.push("twice");
    let signers = [];
    for (const told of [pack.checkpoint, pack.drawn_under]) {
      if (!told) continue;
      try {
        const found = await huisheng.opened(told.note, key ? [key] : pack.keys);
        if (found.size !== told.size || found.root !== told.root) throw new Error("another tree");
        signers = found.signers;
      } catch { if (!findings.includes("signature")) findings.push("signature"); }
    }
    return {root, seed, draw, findings, signers, demo: pack.kind !== "public"};
  };

  const row = (name, value, list) => {
    const term = document.createElement("dt"), said = document.createElement("dd");
    term.textContent = name; said.textContent = value; said.className = "hash";
    list.append(term, said);
  };
  const show = (found, given) => {
    const holds = !found.findings.length;
    document.documentElement.dataset.redrawn = String(holds);
    at("redrawn").textContent = !holds ? words.fails.replace("{what}", found.findings.map(one => words[one]).join("、"))
      : found.demo ? words.demo : words.holds.replace("{n}", found.draw.length);
    at("redrawn-signed").textContent = found.signers.length
      ? `${words.signed.replace("{who}", found.signers.join("、"))} ${given ? words.given : words.own}` : "";
    at("redrawn-said").replaceChildren(); at("redrawn-draw").replaceChildren();
    row(words.root, found.root, at("redrawn-said")); row(words.seed, found.seed, at("redrawn-said"));
    for (const id of found.draw) {
      const item = document.createElement("li");
      item.textContent = id; item.className = "hash";
      at("redrawn-draw").append(item);
    }
  };

  let pack = null, asked = 0;
  const again = async () => {
    const key = at("f-key").value.trim(), mine = ++asked;
    const found = await redrawn(pack, key).catch(() => null);
    if (mine !== asked) return; // a later one was asked for meanwhile
    if (found) show(found, Boolean(key));
    else {
      document.documentElement.dataset.redrawn = "false";
      at("redrawn").textContent = words.unread;
      for (const id of ["redrawn-signed", "redrawn-said", "redrawn-draw"]) at(id).replaceChildren();
    }
  };
  at("f-key").addEventListener("input", again);
  at("f-pack").addEventListener("change", async event => {
    const [chosen] = event.target.files;
    if (!chosen) return;
    try { pack = JSON.parse(await chosen.text()); } catch { pack = null; }
    await again();
  });
  (async () => {
    try { pack = await (await fetch(words.redraw)).json(); } catch { pack = null; }
    await again();
  })();
})();
