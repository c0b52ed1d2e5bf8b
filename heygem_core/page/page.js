"use strict";
(() => {
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  let chosen = "";
  const paint = () => { root.dataset.theme = chosen || (dark.matches ? "dark" : "light"); };
  const speak = (lang) => { root.dataset.lang = lang; root.lang = lang; };
  paint();
  dark.addEventListener("change", paint);
  if (navigator.language.startsWith("zh")) speak("zh");

  const target = () => { const part = document.getElementById(location.hash.slice(1)); if (part) part.open = true; };
  addEventListener("hashchange", target);
  addEventListener("DOMContentLoaded", () => {
    document.getElementById("language").onclick = () => {
      speak(root.dataset.lang === "en" ? "zh" : "en");
      document.dispatchEvent(new Event("spoken"));
    };
    document.getElementById("theme").onclick = () => {
      chosen = root.dataset.theme === "dark" ? "light" : "dark";
      paint();
    };
    target();
  });

  // What is folded away on the screen belongs on paper, and paper is white.
  addEventListener("beforeprint", () => {
    document.querySelectorAll("details").forEach((part) => { part.open = true; });
    root.dataset.theme = "light";
  });
  addEventListener("afterprint", paint);
})();
