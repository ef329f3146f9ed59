// What the pages do only with JavaScript: follow a run as it happens; pan, zoom and expand a lineage without leaving
// the page; keep times told and addresses short. Without it, the same links and forms load whole pages.
"use strict";

document.documentElement.classList.add("scripted");

/** The same page as it is now, or null where it cannot be had. */
async function fetched(address) {
  const answer = await fetch(address, { credentials: "same-origin", headers: { Accept: "text/html" } });
  if (!answer.ok || answer.redirected) return null;
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

/** Put the element of that id, from another copy of the page, in the place of ours. */
function replaced(page, id) {
  const theirs = page.getElementById(id);
  const ours = document.getElementById(id);
  if (!theirs || !ours) return null;
  const moved = document.importNode(theirs, true);
  ours.replaceWith(moved);
  document.title = page.title;
  return moved;
}

// ---- Times, as they pass; addresses without what was left empty ----------------------------------------------------

const SPANS = [[86400 * 365, "year"], [86400, "day"], [3600, "hour"], [60, "minute"], [1, "second"]];
const EVERY = 10_000;

/** How long ago, or in how long: as the server tells it. */
function relatively(seconds) {
  const distance = Math.abs(seconds);
  const span = SPANS.find(([length]) => distance >= length);
  if (!span) return "just now";
  const count = Math.floor(distance / span[0]);
  const told = `${count} ${span[1]}${count === 1 ? "" : "s"}`;
  return seconds < 0 ? `in ${told}` : `${told} ago`;
}

/** By the server's clock: the page says what it showed when it was made. */
function tellTimes() {
  const now = Date.parse(document.documentElement.dataset.now) + performance.now();
  for (const time of document.querySelectorAll("time[datetime]")) {
    const told = relatively(Math.trunc((now - Date.parse(time.dateTime)) / 1000));
    if (time.textContent !== told) time.textContent = told;
  }
}

setInterval(tellTimes, EVERY);

addEventListener("submit", (event) => {
  if (event.target.method !== "get") return;
  const empty = [...event.target.elements].filter((one) => one.name && !one.value && !one.disabled);
  for (const one of empty) one.disabled = true;
  setTimeout(() => empty.forEach((one) => { one.disabled = false; }));
});

// ---- What is shown short or long, copied whole ------------------------------------------------------------------------

const TOLD = 1500;

/** Where the browser gives no clipboard (a page from elsewhere without TLS), the whole text is there to be taken. */
async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    prompt("Copy it from here:", text);
    return false;
  }
}

addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button || !(await copied(button.dataset.copy))) return;
  const before = button.firstChild;
  before.data = "Copied";
  setTimeout(() => { before.data = "Copy"; }, TOLD);
});

// ---- A run, as it happens -------------------------------------------------------------------------------------------

const ENDED = ["completed", "failed", "cancelled"];

function follow(element) {
  const source = new EventSource(element.dataset.live);
  let latest = 0;
  const changed = async (event) => {
    if (ENDED.includes(event.type)) source.close();
    const mine = ++latest;
    const page = await fetched(location.href);
    if (page && mine === latest) replaced(page, "live"); // an older answer may come after a newer one
  };
  for (const state of ["running", ...ENDED]) source.addEventListener(state, changed);
}

// ---- The lineage ----------------------------------------------------------------------------------------------------

const STEP = 1.25;
const FURTHEST = 8;
const NEAREST = 0.05;
const TOO_SMALL = 0.55;
const READABLE = 0.85;

/** Where a window of that length begins so that it shows no emptiness beside the whole; the whole centred if smaller. */
function within(start, length, whole) {
  return length >= whole ? (whole - length) / 2 : Math.min(Math.max(start, 0), whole - length);
}

/** Pans and zooms one drawing by its viewBox. */
class View {
  constructor(frame) {
    this.frame = frame;
    this.svg = frame.querySelector("svg");
    this.whole = { width: Number(this.svg.getAttribute("width")), height: Number(this.svg.getAttribute("height")) };
    frame.classList.add("live");
    frame.classList.remove("fit");
    const most = Math.max(innerHeight * 0.74, 280);
    const room = Math.min(frame.clientWidth / this.whole.width, 1);
    const scale = room < TOO_SMALL ? READABLE : room;
    frame.style.height = `${Math.round(Math.min(Math.max(this.whole.height * scale + 16, 280), most))}px`;
  }

  get size() {
    const box = this.svg.getBoundingClientRect();
    return { width: box.width || 1, height: box.height || 1 };
  }

  show(x, y, scale) {
    const { width, height } = this.size;
    this.scale = Math.min(Math.max(scale, NEAREST), FURTHEST);
    this.x = x;
    this.y = y;
    this.svg.setAttribute("viewBox", `${x} ${y} ${width / this.scale} ${height / this.scale}`);
  }

  fit() {
    const { width, height } = this.size;
    const scale = Math.min(width / this.whole.width, height / this.whole.height, 1);
    this.show((this.whole.width - width / scale) / 2, (this.whole.height - height / scale) / 2, scale);
  }

  /** Keep a point of the drawing where it is on the screen, or bring it to the middle. */
  begin(anchor) {
    const place = anchor && this.place(anchor.node);
    if (place && anchor.screen) {
      this.show(place.x - anchor.screen.x / anchor.scale, place.y - anchor.screen.y / anchor.scale, anchor.scale);
      return;
    }
    this.fit();
    if (this.scale < TOO_SMALL && place) {
      const width = this.size.width / READABLE;
      const height = this.size.height / READABLE;
      const x = within(place.x + (place.width - width) / 2, width, this.whole.width);
      const y = within(place.y + (place.height - height) / 2, height, this.whole.height);
      this.show(x, y, READABLE);
    }
  }

  place(node) {
    const found = [...this.svg.querySelectorAll("[data-node]")].find((one) => one.dataset.node === node);
    if (!found) return null;
    const [x, y] = found.getAttribute("transform").match(/-?[\d.]+/g).map(Number);
    const box = found.querySelector(".body").getBBox();
    return { x, y, width: box.width, height: box.height };
  }

  screen(node) {
    const place = this.place(node);
    return place && { x: (place.x - this.x) * this.scale, y: (place.y - this.y) * this.scale };
  }

  zoom(factor, at) {
    const { width, height } = this.size;
    const point = at || { x: width / 2, y: height / 2 };
    const scale = Math.min(Math.max(this.scale * factor, NEAREST), FURTHEST);
    this.show(
      this.x + point.x / this.scale - point.x / scale,
      this.y + point.y / this.scale - point.y / scale,
      scale,
    );
  }

  pan(right, down) {
    this.show(this.x + right / this.scale, this.y + down / this.scale, this.scale);
  }
}

const KEYS = {
  ArrowLeft: (view) => view.pan(-60, 0),
  ArrowRight: (view) => view.pan(60, 0),
  ArrowUp: (view) => view.pan(0, -60),
  ArrowDown: (view) => view.pan(0, 60),
  "+": (view) => view.zoom(STEP),
  "=": (view) => view.zoom(STEP),
  "-": (view) => view.zoom(1 / STEP),
  0: (view) => view.fit(),
};

/** Two fingers: the point amid them goes with them, and the drawing grows as they part. */
function pinch(view, from, to, other) {
  const box = view.svg.getBoundingClientRect();
  const apart = Math.hypot(from.x - other.x, from.y - other.y);
  view.pan((from.x - to.x) / 2, (from.y - to.y) / 2);
  const amid = { x: (to.x + other.x) / 2 - box.left, y: (to.y + other.y) / 2 - box.top };
  if (apart > 0) view.zoom(Math.hypot(to.x - other.x, to.y - other.y) / apart, amid);
}

function hold(view) {
  const held = new Map();
  let moved = false;
  view.frame.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    if (!held.size) moved = false;
    held.set(event.pointerId, { x: event.clientX, y: event.clientY });
  });
  view.frame.addEventListener("pointermove", (event) => {
    const from = held.get(event.pointerId);
    if (!from) return;
    const to = { x: event.clientX, y: event.clientY };
    const other = [...held].find(([pointer]) => pointer !== event.pointerId)?.[1];
    if (!other && !moved && Math.hypot(from.x - to.x, from.y - to.y) < 5) return;
    view.frame.setPointerCapture(event.pointerId);
    moved = true;
    view.frame.classList.add("held");
    if (other) pinch(view, from, to, other);
    else view.pan(from.x - to.x, from.y - to.y);
    held.set(event.pointerId, to);
  });
  const release = (event) => {
    held.delete(event.pointerId);
    view.frame.classList.toggle("held", held.size > 0);
  };
  view.frame.addEventListener("pointerup", release);
  view.frame.addEventListener("pointercancel", release);
  view.frame.addEventListener("dragstart", (event) => event.preventDefault());
  view.frame.addEventListener("click", (event) => {
    if (moved) event.preventDefault();
    moved = false;
  }, true);
}

function steer(view) {
  hold(view);
  view.frame.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    const box = view.svg.getBoundingClientRect();
    const at = { x: event.clientX - box.left, y: event.clientY - box.top };
    view.zoom(event.deltaY < 0 ? STEP : 1 / STEP, at);
  }, { passive: false });
  view.frame.addEventListener("keydown", (event) => {
    const act = KEYS[event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    act(view);
  });
  view.frame.addEventListener("focusin", (event) => {
    const node = event.target.closest("[data-node]");
    if (node && event.target.matches(":focus-visible")) reveal(view, node);
  });
  for (const button of document.querySelectorAll("#lineage [data-zoom]")) {
    button.addEventListener("click", () => view.zoom(button.dataset.zoom === "in" ? STEP : 1 / STEP));
  }
  const fit = document.querySelector("#lineage [data-fit]");
  fit?.addEventListener("click", (event) => {
    event.preventDefault();
    view.fit();
  });
  if (fit) fit.textContent = "Fit";
}

/** Bring a node that the keyboard has reached into view. */
function reveal(view, element) {
  const place = view.place(element.dataset.node);
  const at = view.screen(element.dataset.node);
  const { width, height } = view.size;
  const inside = at.x >= 0 && at.y >= 0 && at.x + place.width * view.scale <= width && at.y + place.height * view.scale <= height;
  if (!inside) view.pan(at.x - width / 3, at.y - height / 3);
}

/** The address of what is shown: going to a place on the same page changes nothing. */
let shown = location.pathname + location.search;

/** Load another copy of the lineage in the place of this one; the node that was clicked stays where it is. */
async function expand(address, view, node, remember) {
  const anchor = node && { node, screen: view.screen(node), scale: view.scale };
  const page = await fetched(address);
  if (!page || !replaced(page, "lineage")) {
    location.assign(address);
    return;
  }
  if (remember) history.pushState(null, "", address);
  shown = location.pathname + location.search;
  const following = lineage(anchor);
  if (!following || !node) return;
  const again = [...following.svg.querySelectorAll("[data-node]")].find((one) => one.dataset.node === node);
  again?.querySelector("a")?.focus({ preventScroll: true });
}

function lineage(anchor) {
  const frame = document.getElementById("graph");
  if (!frame || !frame.querySelector("svg")) return null;
  const view = new View(frame);
  view.begin(anchor || { node: frame.querySelector(".match[data-node]")?.dataset.node || frame.dataset.start });
  steer(view);
  frame.addEventListener("click", (event) => {
    const link = event.target.closest("a.toggle");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.defaultPrevented) return;
    event.preventDefault();
    expand(link.getAttribute("href"), view, link.closest("[data-node]").dataset.node, true);
  });
  return view;
}

const live = document.querySelector("[data-live]");
if (live) follow(live);
if (document.getElementById("lineage")) {
  lineage(null);
  addEventListener("popstate", () => {
    if (location.pathname + location.search !== shown) location.reload();
  });
}
