(() => {
"use strict";
const root = document.documentElement, $ = id => document.getElementById(id);
root.classList.add("scripted");

// The matrix: search, filters, order.
const body = $("matrix").tBodies[0], rows = [...body.rows], chips = [...document.querySelectorAll("[data-f]")];
const target = $("target"), find = $("find");
const text = new Map(rows.map(row => [row, (row.cells[0].textContent + " " + row.cells[1].textContent).toLowerCase()]));
const on = () => target ? target.value : "";
function filter() {
  const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
  const wanted = chips.filter(chip => chip.getAttribute("aria-pressed") === "true").map(chip => chip.dataset.f);
  let shown = 0;
  for (const row of rows) {
    const cell = on() === "" ? null : row.cells[2 + +on()];
    row.hidden = !(words.every(word => text.get(row).includes(word))
      && wanted.every(name => row.classList.contains(name))
      && !(cell && cell.classList.contains("gap")));
    shown += !row.hidden;
  }
  $("shown").textContent = shown === rows.length ? rows.length + " packages" : shown + " of " + rows.length + " packages";
  $("none").hidden = shown > 0;
}
find.addEventListener("input", filter);
for (const chip of chips) chip.addEventListener("click", () => {
  chip.setAttribute("aria-pressed", chip.getAttribute("aria-pressed") !== "true");
  filter();
});
$("reset").addEventListener("click", () => {
  find.value = "";
  for (const chip of chips) chip.setAttribute("aria-pressed", "false");
  if (target) { target.value = ""; target.dispatchEvent(new Event("change")); }
  filter();
  find.focus();
});
const order = new Map(rows.map((row, place) => [row, place]));
const key = {
  n: row => order.get(row),
  u: row => row.cells[row.cells.length - 2].textContent.slice(0, 10).replace("unknown", ""),
  s: row => +row.cells[row.cells.length - 1].dataset.s,
};
for (const button of document.querySelectorAll("[data-k]")) button.addEventListener("click", () => {
  const head = button.closest("th"), name = button.dataset.k;
  const value = key[name] || (row => +row.cells[2 + +name].dataset.s);
  // Names begin with a, all else with what is newest or largest.
  const first = name === "n" ? "ascending" : "descending", other = name === "n" ? "descending" : "ascending";
  const sort = head.getAttribute("aria-sort") === first ? other : first;
  for (const one of head.parentNode.cells) one.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", sort);
  const sign = sort === "ascending" ? 1 : -1;
  rows.sort((a, b) => {
    const x = value(a), y = value(b);
    return (x < y ? -sign : x > y ? sign : 0) || order.get(a) - order.get(b);
  });
  body.append(...rows);
});
filter();

// The graph: focus, zoom, dragging. Arrow keys go from node to node, so that it is one stop of the Tab key.
const svg = document.querySelector(".g"), canvas = $("canvas");
const nodes = [...svg.querySelectorAll(".n")], edges = [...svg.querySelectorAll("[data-e]")];
const ends = edges.map(edge => edge.dataset.e.split(" ").map(Number));
const down = nodes.map(() => []), up = nodes.map(() => []);
for (const [tail, head] of ends) { down[tail].push(head); up[head].push(tail); }
const off = place => nodes[place].classList.contains("off");
function reach(start, next) {
  const seen = new Set([start]), open = [start];
  while (open.length) for (const place of next[open.pop()]) if (!seen.has(place) && !off(place)) { seen.add(place); open.push(place); }
  return seen;
}
let focused = null;
function focus(place, scroll) {
  focused = place;
  svg.classList.toggle("f", place !== null);
  const line = $("focus");
  line.replaceChildren();
  if (place === null) return;
  const below = reach(place, down), above = reach(place, up);
  nodes.forEach((node, at) => {
    node.classList.toggle("on", below.has(at) || above.has(at));
    node.classList.toggle("me", at === place);
  });
  edges.forEach((edge, at) => {
    const [tail, head] = ends[at];
    edge.classList.toggle("on", below.has(tail) && below.has(head) || above.has(tail) && above.has(head));
  });
  const link = document.createElement("a");
  link.href = nodes[place].getAttribute("href");
  link.textContent = nodes[place].querySelector("title").textContent;
  const clear = document.createElement("button");
  clear.type = "button";
  clear.textContent = "Show all";
  clear.className = "clear";
  clear.addEventListener("click", () => focus(null));
  line.append(link, " needs " + (below.size - 1) + ", is needed by " + (above.size - 1) + ". ", clear);
  if (scroll) {
    const box = nodes[place].getBoundingClientRect(), frame = canvas.getBoundingClientRect();
    canvas.scrollBy({left: box.left - frame.left - frame.width / 2, top: box.top - frame.top - frame.height / 2});
  }
}
let current = 0;
function rove(place) {
  nodes[current].setAttribute("tabindex", "-1");
  current = place;
  nodes[current].setAttribute("tabindex", "0");
}
nodes.forEach((node, place) => {
  node.setAttribute("tabindex", place ? "-1" : "0");
  node.addEventListener("click", event => {
    event.preventDefault();
    rove(place);
    focus(focused === place ? null : place);
  });
});
const at = nodes.map(node => node.getAttribute("transform").match(/-?[\d.]+/g).map(Number));
svg.addEventListener("keydown", event => {
  const way = {ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1]}[event.key];
  if (!way) return;
  event.preventDefault();
  let best = -1, least = Infinity;
  nodes.forEach((_, place) => {
    const dx = at[place][0] - at[current][0], dy = at[place][1] - at[current][1];
    const along = dx * way[0] + dy * way[1], across = Math.abs(dx * way[1]) + Math.abs(dy * way[0]);
    if (place === current || off(place) || along <= 0 || way[0] && across > 1) return;
    if (along * (way[1] ? 6 : 1) + across < least) { least = along * (way[1] ? 6 : 1) + across; best = place; }
  });
  if (best >= 0) { rove(best); nodes[best].focus(); }
});
let scale = 1;
const width = +svg.getAttribute("width"), height = +svg.getAttribute("height");
function zoom(next) {
  scale = Math.min(3, Math.max(.2, next));
  svg.setAttribute("width", width * scale);
  svg.setAttribute("height", height * scale);
}
$("zoom-in").addEventListener("click", () => zoom(scale * 1.25));
$("zoom-out").addEventListener("click", () => zoom(scale / 1.25));
$("zoom-fit").addEventListener("click", () => zoom(Math.min(1, canvas.clientWidth / width, innerHeight * .86 / height)));
let drag = null;
canvas.addEventListener("pointerdown", event => {
  if (event.pointerType === "mouse" && event.button === 0 && !event.target.closest(".n")) {
    drag = [event.clientX + canvas.scrollLeft, event.clientY + canvas.scrollTop, event.clientX, event.clientY];
    canvas.setPointerCapture(event.pointerId);
  }
});
canvas.addEventListener("pointermove", event => {
  if (!drag) return;
  canvas.classList.add("drag");
  canvas.scrollLeft = drag[0] - event.clientX;
  canvas.scrollTop = drag[1] - event.clientY;
});
canvas.addEventListener("pointerup", event => {
  // A click beside all nodes shows all again.
  if (drag && Math.hypot(event.clientX - drag[2], event.clientY - drag[3]) < 4) focus(null);
  drag = null;
  canvas.classList.remove("drag");
});

// The target: rows, nodes, map.
const maps = [...document.querySelectorAll(".map")], tabs = [...document.querySelectorAll("[name=map]")];
function show(place) { maps.forEach((map, at) => map.classList.toggle("on", at === place)); }
tabs.forEach((tab, place) => tab.addEventListener("change", () => show(place)));
if (target) target.addEventListener("change", () => {
  filter();
  nodes.forEach(node => node.classList.toggle("off", on() !== "" && !node.classList.contains("t" + on())));
  edges.forEach((edge, place) => edge.classList.toggle("off", ends[place].some(off)));
  focus(focused !== null && !off(focused) ? focused : null);
  const place = tabs.findIndex(tab => tab.value === on());
  if (place >= 0) { tabs[place].checked = true; show(place); }
});

// The panel: the address says which package is open.
const drawer = $("drawer"), slot = $("slot"), details = $("details");
let opened = null, mark = null, before = null;
function put() {
  if (opened) mark.replaceWith(opened);
  opened = mark = null;
}
function open() {
  const id = decodeURIComponent(location.hash.slice(1));
  const article = id.startsWith("p") && id !== "packages" ? $(id) : null;
  if (article === opened && article) return;
  put();
  if (!article || !article.classList.contains("pkg")) {
    if (!drawer.hidden) { drawer.hidden = true; if (before && before.isConnected) before.focus({preventScroll: true}); }
    return;
  }
  mark = document.createComment("");
  article.replaceWith(mark);
  slot.append(article);
  opened = article;
  drawer.setAttribute("aria-label", article.getAttribute("aria-label"));
  drawer.hidden = false;
  drawer.scrollTop = 0;
  drawer.focus({preventScroll: true});
}
function close() {
  history.replaceState(null, "", location.pathname + location.search);
  open();
}
// Following a link takes the focus from it, so that what leads back is noted before.
document.addEventListener("click", event => {
  const link = event.target.closest("a[href^='#p']");
  if (link && drawer.hidden) before = link;
}, true);
addEventListener("hashchange", open);
$("close").addEventListener("click", close);
$("in-graph").addEventListener("click", () => {
  const place = nodes.findIndex(node => node.getAttribute("href") === "#" + opened.id);
  close();
  if (place < 0) return;
  document.getElementById("graph").scrollIntoView();
  rove(place);
  focus(place, true);
  nodes[place].focus({preventScroll: true});
});
addEventListener("keydown", event => {
  if (event.key === "Escape") {
    if (!drawer.hidden) close(); else focus(null);
  } else if (event.key === "/" && !/^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName) && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    find.focus();
  }
});
addEventListener("beforeprint", () => { put(); drawer.hidden = true; });
// What acts on a package is what makes its lock, and an option more.
for (const command of document.querySelectorAll("[data-l]")) {
  command.textContent = $("made-" + command.dataset.l).textContent + " " + command.textContent;
}
for (const command of document.querySelectorAll(".cmd")) {
  if (!navigator.clipboard) break;
  const button = document.createElement("button"), line = command.textContent;
  button.type = "button";
  button.textContent = "Copy";
  button.setAttribute("aria-label", "Copy " + line);
  button.addEventListener("click", () => navigator.clipboard.writeText(line).then(() => { button.textContent = "Copied"; }));
  command.append(button);
}
open();
})();
