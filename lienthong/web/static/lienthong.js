// Keys, ticks and small comforts. Every page works without this file; nothing is stored in the browser.
"use strict";
(() => {
  const isSecure = window.location.protocol === "https:";
  const keysCookie = `${isSecure ? "__Host-" : ""}phim-tat`;
  const areKeysOff = () => document.cookie.split("; ").includes(`${keysCookie}=tat`);
  const help = document.getElementById("phim-tat");
  const openHelp = () => { if (help && !help.open) help.showModal(); };
  const rows = () => Array.from(document.querySelectorAll("[data-rows] tbody tr"));
  const isTyping = (node) => node.closest("input:not([type=checkbox]), select, textarea, dialog") !== null;

  const step = (by) => {
    const all = rows();
    if (all.length === 0) return;
    const here = all.indexOf(document.activeElement.closest("tr"));
    const next = all[Math.min(Math.max(here + by, 0), all.length - 1)];
    next.focus();
    next.scrollIntoView({ block: "nearest" });
  };
  const current = () => {
    const row = document.activeElement.closest("[data-rows] tbody tr");
    return row;
  };
  const count = (form) => {
    const ticks = Array.from(form.querySelectorAll("tbody input[type=checkbox][name]"));
    const ticked = ticks.filter((tick) => tick.checked);
    ticks.forEach((tick) => tick.closest("tr").classList.toggle("ticked", tick.checked));
    const all = form.querySelector("[data-all]");
    if (all) {
      all.checked = ticks.length > 0 && ticked.length === ticks.length;
      all.indeterminate = ticked.length > 0 && ticked.length < ticks.length;
    }
    const said = form.querySelector("[data-count]");
    if (said) said.textContent = `Đã chọn ${ticked.length} / ${ticks.length}`;
    form.querySelectorAll("[data-main], [data-also], [data-needs-tick]").forEach((go) => { go.disabled = ticked.length === 0; });
  };

  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-ticks]");
    if (!form) return;
    if (event.target.matches("[data-all]")) {
      form.querySelectorAll("tbody input[type=checkbox][name]").forEach((tick) => { tick.checked = event.target.checked; });
    }
    count(form);
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && isTyping(event.target) && !event.target.closest("dialog")) { event.target.blur(); return; }
    if (event.ctrlKey || event.altKey || event.metaKey || isTyping(event.target) || areKeysOff()) return;
    const row = current();
    const tick = () => {
      const box = row && row.querySelector("input[type=checkbox][name]");
      if (!box) return false;
      box.checked = !box.checked;
      box.dispatchEvent(new Event("change", { bubbles: true }));
      return true;
    };
    const goTo = (node) => {
      if (!node || node.disabled) return false;
      node.focus();
      node.scrollIntoView({ block: "nearest" });
      return true;
    };
    const acts = {
      j: () => step(1),
      k: () => step(-1),
      "/": () => { const box = document.querySelector("[data-search]"); if (box) box.focus(); },
      "?": openHelp,
      x: tick,
      " ": () => event.target === row && tick(),
      v: () => {
        const link = row && row.querySelector("[data-next]");
        if (link) link.click();
        return Boolean(link);
      },
      g: () => {
        const link = document.querySelector(".menu a[href$='/viec-cua-toi/']");
        if (link) link.click();
      },
      A: () => goTo(document.querySelector("[data-main]")),
      Enter: () => {
        const link = row && event.target === row && row.querySelector("a[href]");
        if (link) link.click(); else return false;
        return true;
      },
    };
    // A page gives further keys to its own fields and buttons.
    const own = /^[a-zA-Z]$/.test(event.key) && document.querySelector(`[data-key="${event.key}"], [data-focus="${event.key}"]`);
    const act = acts[event.key] || (own && (() => goTo(own)));
    if (act && act() !== false) event.preventDefault();
  });

  // Single letters disturb some people and some speech input: they can be switched off here (WCAG 2.1.4).
  const keysOff = document.querySelector("[data-keys-off]");
  if (keysOff) {
    keysOff.checked = areKeysOff();
    keysOff.addEventListener("change", () => {
      const age = keysOff.checked ? 31536000 : 0;
      document.cookie = `${keysCookie}=tat; path=/; max-age=${age}; SameSite=Strict${isSecure ? "; Secure" : ""}`;
    });
  }
  // What is wrong is where the next key goes.
  const wrong = document.querySelector("main [aria-invalid=true]");
  if (wrong && !document.querySelector("[autofocus]")) wrong.focus();
  const helpButton = document.querySelector("[data-help]");
  if (helpButton) helpButton.addEventListener("click", openHelp);

  // One more empty row of a form, without asking the server.
  document.addEventListener("click", (event) => {
    const more = event.target.closest("[data-add-row]");
    const body = more && document.querySelector("[data-growing]");
    if (!body) return;
    event.preventDefault();
    const last = body.lastElementChild;
    const row = last.cloneNode(true);
    const number = Number(last.querySelector("th").textContent) + 1;
    row.id = `dong-${number}`;
    row.classList.remove("faulty");
    row.querySelector("th").textContent = number;
    row.querySelectorAll(".fault").forEach((fault) => fault.remove());
    row.querySelectorAll("input, select, textarea").forEach((cell) => { cell.value = ""; cell.removeAttribute("aria-invalid"); cell.removeAttribute("aria-describedby"); });
    body.append(row);
    row.querySelector("input, textarea").focus();
  });

  // A print run opens in another tab; this page then shows the run, where spoilt sheets are noted.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    const next = event.submitter?.hasAttribute("formtarget") ? "" : form.dataset.then;
    if (next && !event.defaultPrevented) window.setTimeout(() => { window.location.assign(next); }, 2500);
    const opensApart = (event.submitter?.getAttribute("formtarget") ?? form.target) === "_blank";
    const said = form.querySelector("[data-count]");
    if (said && !opensApart) said.textContent = "Đang thực hiện, xin chờ…";
    // Once is enough, however long it takes.
    window.setTimeout(() => form.querySelectorAll("[data-main], [data-needs-tick]").forEach((go) => { go.disabled = true; }), 0);
  });
  window.addEventListener("pageshow", () => document.querySelectorAll("form[data-ticks]").forEach(count));
  document.addEventListener("htmx:afterSettle", () => document.querySelectorAll("form[data-ticks]").forEach(count));

  const wide = window.matchMedia("(min-width: 76.01rem)");
  const fold = document.querySelector("[data-menu]");
  const unfold = () => { if (fold) fold.open = wide.matches; };
  wide.addEventListener("change", unfold);
  unfold();
})();
