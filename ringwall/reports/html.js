"use strict";
(() => {
  const form = document.getElementById("filters");
  const findings = [...document.querySelectorAll("details.finding")];
  const open = () => {
    const target = location.hash.startsWith("#f-") && document.getElementById(location.hash.slice(1));
    if (target) { target.open = true; target.scrollIntoView(); }
  };
  addEventListener("hashchange", open);
  addEventListener("beforeprint", () => findings.forEach((each) => { each.open = !each.hidden; }));
  if (!form) return;
  const fields = ["exposure", "type", "account", "region"];
  const cards = [...document.querySelectorAll(".card")];
  const unfold = document.getElementById("unfold");
  const narrow = () => {
    const words = form.elements.text.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const each of findings) {
      const fits = fields.every((name) => !form.elements[name].value || each.dataset[name] === form.elements[name].value)
        && words.every((word) => each.dataset.text.includes(word));
      each.hidden = !fits;
      if (fits) shown += 1;
    }
    for (const card of cards) {
      card.setAttribute("aria-current", String(card.dataset.exposure === form.elements.exposure.value));
    }
    document.getElementById("shown").textContent = `${shown} of ${findings.length} shown`;
    document.getElementById("none").hidden = shown > 0;
  };
  form.hidden = false;
  form.addEventListener("input", narrow);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(narrow));
  for (const card of cards) {
    card.addEventListener("click", () => {
      const chosen = form.elements.exposure;
      chosen.value = chosen.value === card.dataset.exposure ? "" : card.dataset.exposure;
      narrow();
    });
  }
  unfold.addEventListener("click", () => {
    const opening = unfold.textContent === "Unfold all";
    findings.forEach((each) => { if (!each.hidden) each.open = opening; });
    unfold.textContent = opening ? "Fold all" : "Unfold all";
  });
  narrow();
  open();
})();
