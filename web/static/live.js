"use strict";
// Live figures: on every commit that the server tells of, the figures are fetched again.
(() => {
  const GAP_MS = 300;
  const JITTER_MS = 100;
  const SPOKEN_GAP_MS = 5000;
  const REOPEN_MS = 5000;
  const badge = document.getElementById("live");
  const spoken = document.getElementById("spoken");
  if (!document.querySelector("#figures[data-live]") || !window.EventSource || !window.htmx || !badge) return;

  let stream = null;
  let timer = 0;
  let fetchedAt = 0;
  let spokenAt = 0;
  let busy = false;
  let again = false;
  let refused = false;

  const show = (state) => {
    badge.hidden = false;
    badge.dataset.state = state;
  };

  const speak = () => {
    const text = document.getElementById("figures")?.dataset.spoken;
    if (!text || Date.now() - spokenAt < SPOKEN_GAP_MS) return;
    spokenAt = Date.now();
    spoken.textContent = text;
  };

  // A morph keeps focus, scroll position and opened tables where the reader left them.
  const refresh = async () => {
    timer = 0;
    if (busy) {
      again = true;
      return;
    }
    busy = true;
    fetchedAt = Date.now();
    try {
      await window.htmx.ajax("GET", location.pathname + location.search, {
        target: "#figures",
        swap: "outerMorph",
        select: "#figures",
      });
      speak();
    } finally {
      busy = false;
      if (again) {
        again = false;
        soon();
      }
    }
  };

  const soon = () => {
    if (timer) return;
    const wait = Math.max(0, fetchedAt + GAP_MS - Date.now()) + Math.random() * JITTER_MS;
    timer = window.setTimeout(refresh, wait);
  };

  const filter = () => (location.pathname === "/board" ? location.search : "");

  const open = () => {
    if (stream || document.hidden) return;
    stream = new EventSource("/live" + filter());
    stream.addEventListener("open", () => {
      show("on");
      if (refused) soon();
      refused = false;
    });
    stream.addEventListener("watermark", soon);
    stream.addEventListener("reset", soon);
    stream.addEventListener("error", () => {
      show("off");
      // A browser comes back by itself after a broken line, and never after an answer that refuses.
      if (stream?.readyState !== EventSource.CLOSED) return;
      stream = null;
      refused = true;
      window.setTimeout(open, REOPEN_MS);
    });
  };

  const close = () => {
    stream?.close();
    stream = null;
    show("off");
  };

  // Browsers allow six connections per host: a tab that nobody sees gives its own back.
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) {
      close();
    } else {
      open();
      soon();
    }
  });
  window.addEventListener("pagehide", close);

  // The address changes with the filter, so a switch of language or theme starts from it.
  for (const link of document.querySelectorAll("a.tool")) {
    link.addEventListener("click", () => {
      const now = new URLSearchParams(location.search);
      new URL(link.href).searchParams.forEach((value, key) => {
        if (key === "lang" || key === "theme") now.set(key, value);
      });
      link.search = now.toString();
    });
  }
  open();
})();
