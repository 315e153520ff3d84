// Keys and small comforts. Everything works without: see ringwall/console/__init__.py.
"use strict";

(() => {
  const rows = () => [...document.querySelectorAll("table.rows tbody tr")];
  let current = -1;

  function move(step) {
    const all = rows();
    if (!all.length) return;
    if (all[current]) all[current].classList.remove("current");
    current = Math.min(Math.max(current + step, 0), all.length - 1);
    const row = all[current];
    row.classList.add("current");
    row.scrollIntoView({ block: "nearest" });
    const target = row.querySelector("a, input");
    if (target) target.focus({ preventScroll: true });
  }

  function row() {
    return rows()[current];
  }

  function toggle() {
    const box = row() && row().querySelector("input[type=checkbox]");
    if (box) box.click();
  }

  function decide(status) {
    const button = document.querySelector(`button[data-decide="${status}"]`);
    if (!button) return;
    const form = button.form;
    const boxes = [...form.querySelectorAll("tbody input[type=checkbox]")];
    if (boxes.length && !boxes.some((each) => each.checked)) {
      const box = row() && row().querySelector("input[type=checkbox]");
      if (!box) return;
      box.checked = true;
    }
    form.requestSubmit(button);
  }

  const keys = {
    j: () => move(1),
    k: () => move(-1),
    x: toggle,
    a: () => decide("ARCHIVED"),
    u: () => decide("ACTIVE"),
    "/": () => {
      const search = document.querySelector("[data-search]");
      if (search) search.focus();
    },
    "?": () => {
      const help = document.getElementById("keys");
      if (help && !help.open) help.showModal();
    },
    Enter: () => {
      const link = row() && row().dataset.link;
      if (link) window.location.assign(link);
    },
  };

  function isTyping(target) {
    return target.closest("textarea, select, [contenteditable], input:not([type=checkbox])") !== null;
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !(event.target instanceof Element)) return;
    if (document.querySelector("dialog[open]")) return;
    if (isTyping(event.target)) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    if (event.key === "Enter" && event.target.closest("a, button, summary")) return;
    const act = Object.hasOwn(keys, event.key) ? keys[event.key] : null;
    if (act) {
      event.preventDefault();
      act();
    }
  });

  document.addEventListener("change", (event) => {
    const target = event.target;
    if (target.matches("[data-submit]")) target.form.requestSubmit();
    if (target.matches("[data-all]")) {
      const boxes = target.closest("table").querySelectorAll("tbody input[type=checkbox]");
      for (const each of boxes) each.checked = target.checked;
    }
  });

  // A second click on a button sends nothing twice. Whoever comes back, or waits, may send again.
  const sent = new WeakMap();
  document.addEventListener("submit", (event) => {
    const form = event.target;
    const method = (event.submitter && event.submitter.formMethod) || form.method;
    if (method !== "post") return;
    if (event.timeStamp - (sent.get(form) ?? -Infinity) < 3000) event.preventDefault();
    else sent.set(form, event.timeStamp);
  });

  // Where the navigation is a strip, the page that is open is in sight.
  const here = document.querySelector("nav a[aria-current]");
  const strip = here && here.closest("nav");
  if (strip && strip.scrollWidth > strip.clientWidth) strip.scrollLeft = here.offsetLeft - strip.clientWidth / 3;

  document.documentElement.classList.add("scripted");
})();
