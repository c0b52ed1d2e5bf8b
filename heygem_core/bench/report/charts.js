"use strict";
(() => {
  const root = document.documentElement;
  const figures = new Map();
  for (const figure of JSON.parse(document.getElementById("data").textContent)) {
    for (const row of figure.rows) {
      figure.columns.forEach((name, i) => { if (figure.texts[name]) row[i] = figure.texts[name][row[i]]; });
    }
    figure.objects = figure.rows.map((row) => Object.fromEntries(figure.columns.map((name, i) => [name, row[i]])));
    figures.set(figure.name, figure);
  }

  // Colours are variables of the page's style: light, dark and print need no second drawing.
  const font = getComputedStyle(document.body).fontFamily;
  const config = {
    background: null, font, padding: { left: 2, right: 8, top: 4, bottom: 2 },
    view: { stroke: "var(--line)" },
    axis: {
      labelColor: "var(--soft)", titleColor: "var(--soft)", gridColor: "var(--line)", gridOpacity: 0.6,
      domainColor: "var(--line)", tickColor: "var(--line)", titleFontWeight: 400, labelFontSize: 11, titleFontSize: 11,
    },
    mark: { tooltip: true },
  };

  /** Return a copy of `value` in which every {en, zh} is the text of the page's language. */
  const spoken = (value) => {
    if (Array.isArray(value)) return value.map(spoken);
    if (value === null || typeof value !== "object") return value;
    if (typeof value.en === "string" && typeof value.zh === "string") return value[root.dataset.lang];
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, spoken(inner)]));
  };

  /** Give every view of a composed chart its width: only a single view can take its container's. */
  const widen = (spec, width) => {
    if (!spec.vconcat) return spec.width === "container" ? { ...spec, width } : spec;
    return { ...spec, vconcat: spec.vconcat.map((view) => widen(view, width)) };
  };

  const drawn = new Map();
  const draw = async (place) => {
    const figure = figures.get(place.dataset.figure);
    const chart = figure.charts[place.dataset.chart];
    const values = figure.objects.filter((row) => Object.entries(chart.where).every(([name, value]) => row[name] === value));
    let spec = { ...spoken(chart.spec), data: { values } };
    if (spec.vconcat) spec = widen(spec, Math.max(120, place.clientWidth - chart.spec.usermeta.side - 12));
    drawn.get(place)?.finalize();
    drawn.set(place, await vegaEmbed(place, spec, { mode: "vega-lite", renderer: "svg", ast: true, actions: false, config }));
    place.dataset.drawn = root.dataset.lang;
  };

  // One after the other: what is about to be seen comes first, the rest when there is time, so that it can be printed.
  const places = [...document.querySelectorAll("[data-chart]")];
  const asked = new Set();
  let queue = Promise.resolve();
  const enqueue = (place) => {
    asked.add(place);
    queue = queue.then(() => draw(place)).catch((error) => { console.error(error); });
  };
  const seen = new IntersectionObserver((entries) => {
    for (const entry of entries.filter((one) => one.isIntersecting && !asked.has(one.target))) enqueue(entry.target);
  }, { rootMargin: "600px" });
  places.forEach((place) => seen.observe(place));
  const idle = window.requestIdleCallback ?? ((call) => setTimeout(call, 50));
  const rest = () => {
    const place = places.find((one) => !asked.has(one) && one.checkVisibility());
    if (place) { enqueue(place); queue.then(() => idle(rest)); }
  };
  idle(rest);
  const again = () => [...asked].forEach(enqueue);
  document.addEventListener("spoken", again);
  let width = innerWidth;
  addEventListener("resize", () => { if (innerWidth !== width) { width = innerWidth; again(); } });

  const choose = (select) => {
    const charts = document.querySelectorAll(`[data-figure="${CSS.escape(select.dataset.choose)}"]`);
    charts.forEach((place, index) => place.parentElement.classList.toggle("chosen", index === Number(select.value)));
  };
  document.querySelectorAll(".charts.choose").forEach((part) => part.firstElementChild.classList.add("chosen"));
  document.querySelectorAll("[data-choose]").forEach((select) => {
    const titles = figures.get(select.dataset.choose).charts.map((chart) => chart.title);
    const name = () => titles.forEach((title, index) => { select.options[index].textContent = spoken(title); });
    document.addEventListener("spoken", name);
    select.onchange = () => choose(select);
    name();
    choose(select);
  });

  const quoted = (value) => {
    const text = value === null ? "" : Array.isArray(value) ? value.join(" ") : String(value);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  const table = (figure) => [figure.columns, ...figure.rows].map((row) => row.map(quoted).join(",") + "\r\n").join("");
  /** Return a drawing as a file of its own: with the colours that it has now. */
  const picture = (place) => {
    const svg = place.querySelector("svg").cloneNode(true);
    svg.setAttribute("xmlns", "http://www.w3.org/2000/svg");
    const style = getComputedStyle(root);
    const text = svg.outerHTML.replace(/var\((--[\w-]+)\)/g, (_, name) => style.getPropertyValue(name).trim());
    return text.replace(/>/, `><rect width="100%" height="100%" fill="${style.getPropertyValue("--paper").trim()}"/>`);
  };
  const save = (name, kind, text) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: kind }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  };
  document.querySelectorAll("[data-download]").forEach((button) => {
    const figure = figures.get(button.dataset.of);
    button.onclick = () => {
      const kind = button.dataset.download;
      if (kind === "json") save(`${figure.name}.json`, "application/json", JSON.stringify(figure.objects, null, 1));
      if (kind === "csv") save(`${figure.name}.csv`, "text/csv", table(figure));
    };
  });
  document.querySelectorAll("[data-picture]").forEach((button) => {
    const place = button.closest("figure").querySelector("[data-chart]");
    button.onclick = () => { if (place.dataset.drawn) save(button.dataset.picture, "image/svg+xml", picture(place)); };
  });
})();
