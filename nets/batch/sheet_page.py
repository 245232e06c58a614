# SPDX-License-Identifier: GPL-3.0-or-later
"""The fixed parts of the page. Its security policy forbids the browser to load anything."""

HEAD = """<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>Captured faces</title>
<style>
:root { color-scheme: light dark; --line: light-dark(#ccc, #444); --card: light-dark(#fff, #1f1f1f); }
body { font: 13px/1.4 system-ui, sans-serif; margin: 0; background: light-dark(#f2f2f2, #141414); }
header { position: sticky; top: 0; z-index: 1; display: flex; flex-wrap: wrap; gap: 8px; align-items: center;
 padding: 10px 16px; background: var(--card); border-bottom: 1px solid var(--line); }
h1 { font-size: 15px; margin: 0 12px 0 0; }
button, select, input { font: inherit; padding: 3px 10px; }
button[aria-pressed=true] { outline: 2px solid #2a7de1; }
main { display: grid; grid-template-columns: repeat(auto-fill, minmax(250px, 1fr)); gap: 12px; padding: 16px; }
article { background: var(--card); border: 1px solid var(--line); border-radius: 6px; overflow: hidden;
 content-visibility: auto; contain-intrinsic-size: 250px 330px; }
article[hidden] { display: none; }
.picture { height: 240px; display: grid; place-items: center; background: #262626; color: #aaa; }
.picture img { max-width: 100%; max-height: 240px; }
.text { padding: 8px 10px; overflow-wrap: anywhere; }
.text p { margin: 2px 0; }
.name { font-weight: 600; }
details { padding: 0 16px 16px; overflow-wrap: anywhere; }
.quiet { opacity: 0.65; }
.bad { color: light-dark(#b3261e, #ff8a80); }
.unsure { color: light-dark(#8a5a00, #ffc66b); }
</style>
<body>
<header></header>
<main>
"""

# Builds the header from the cards: a button per status, an order, a search in the names.
TAIL = """</details>
<script>
const main = document.querySelector("main"), header = document.querySelector("header"), cards = [...main.children];
const counts = new Map([["all", cards.length]]);
for (const card of cards) counts.set(card.dataset.status, (counts.get(card.dataset.status) ?? 0) + 1);
let shown = "all";
const add = (tag, text = "", settings = {}) => {
  const element = Object.assign(document.createElement(tag), { textContent: text, ...settings });
  header.append(element);
  return element;
};
add("h1", "Captured faces");
const buttons = [...counts].map(([status, count]) => [status, add("button", `${status} ${count}`)]);
const order = add("select");
const orders = {
  "in order": "index", "least sure first": "confidence", "most turned first": "turn", "slowest first": "ms",
};
for (const [name, key] of Object.entries(orders)) order.add(new Option(name, key));
const search = add("input", "", { type: "search", placeholder: "name" });
function show() {
  const wanted = search.value.toLowerCase();
  for (const [status, button] of buttons) button.setAttribute("aria-pressed", status === shown);
  for (const card of cards)
    card.hidden = (shown !== "all" && card.dataset.status !== shown) || !card.title.toLowerCase().includes(wanted);
}
for (const [status, button] of buttons) button.onclick = () => { shown = status; show(); };
search.oninput = show;
order.onchange = () => {
  const sign = ["index", "confidence"].includes(order.value) ? 1 : -1;
  const key = (card) => Number(card.dataset[order.value]);
  main.append(...cards.sort((a, b) => sign * (key(a) - key(b))));
};
show();
</script>
</html>
"""
