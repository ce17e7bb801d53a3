// What the pages do in the browser: dialogs, charts, search as you type, links into Airflow.
"use strict";
(() => {
  const all = (what, inside = document) => [...inside.querySelectorAll(what)];

  document.addEventListener("click", (event) => {
    const on = (what) => event.target.closest(what);
    let found;
    if ((found = on("[data-dialog]"))) document.getElementById(found.dataset.dialog).showModal();
    else if ((found = on("[data-close]"))) found.closest("dialog").close();
    else if ((found = on("[data-airflow]")) && window.parent !== window) {
      event.preventDefault();
      window.parent.history.pushState({}, "", found.getAttribute("href"));
      window.parent.dispatchEvent(new PopStateEvent("popstate"));
    } else if (on("[data-print]")) { event.preventDefault(); window.print(); }
    else if ((found = on("[data-picture]"))) { event.preventDefault(); picture(found); }
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-submit]")) event.target.form.requestSubmit();
  });
  document.addEventListener("submit", (event) => {
    for (const button of all("button", event.target)) button.disabled = event.target.method === "post";
  });

  for (const place of all("[data-fetch]")) {
    fetch(place.dataset.fetch).then((answer) => answer.text()).then((text) => {
      const page = new DOMParser().parseFromString(text, "text/html");
      const content = page.querySelector("main") || page.body;
      place.replaceChildren(...content.childNodes);
    });
  }

  for (const form of all("form[data-live]")) {
    let waiting, asked = 0;
    form.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(async () => {
        const turn = ++asked;
        const address = `?${new URLSearchParams(new FormData(form))}`;
        const text = await (await fetch(address)).text();
        if (turn !== asked) return;
        const page = new DOMParser().parseFromString(text, "text/html");
        document.querySelector(form.dataset.live).replaceWith(page.querySelector(form.dataset.live));
        history.replaceState({}, "", address);
      }, 200);
    });
  }

  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const LINE = 15;
  // Names of the rows break into lines of so many characters, and each row is as high as its lines.
  const broken = (spec, width) => {
    const isWide = document.documentElement.lang.startsWith("zh");
    const line = Math.floor((width * (width < 500 ? 0.4 : 0.36)) / (isWide ? 12.5 : 7.2));
    const breaks = new RegExp(`(.{1,${line}})(?: +|$)|(.{${line}})`, "g");
    const texts = spec.datasets[spec.data.name].flatMap((row) => Object.values(row).filter((each) => typeof each === "string"));
    const most = Math.max(1, ...texts.map((text) => `0 ${text}`.match(breaks).length));
    const bars = spec.encoding.yOffset ? 2 : 1;
    const fits = Math.floor(width / (isWide ? 9 : 6.5));
    const subtitle = spec.title.subtitle.match(new RegExp(`.{1,${fits}}(?: +|$)|.{${fits}}`, "g"));
    return {
      ...spec,
      title: { ...spec.title, subtitle },
      height: { step: Math.max(spec.height.step, (most * LINE + 6) / bars) },
      params: spec.params.map((each) => (each.name === "line" ? { ...each, value: line } : each)),
    };
  };
  const look = (width) => ({
    background: "transparent",
    font: getComputedStyle(document.body).fontFamily,
    title: { color: colour("--text"), subtitleColor: colour("--quiet"), anchor: "start" },
    axis: { labelColor: colour("--text"), titleColor: colour("--quiet"), gridColor: colour("--line"), domainColor: colour("--line"), tickColor: colour("--line"), labelFontSize: 12, labelSeparation: 6 },
    legend: { columns: width < 500 ? 2 : 6, labelColor: colour("--text"), titleColor: colour("--quiet"), labelFontSize: 12 },
    axisY: { labelLimit: Math.round(width * 0.5) },
    view: { stroke: null },
    mark: { color: colour("--accent") },
    rule: { color: colour("--quiet") },
    range: { category: ["--c1", "--c2", "--c3", "--c4", "--c5", "--c6"].map(colour) },
  });
  // Colours of a drawn chart as names, so that it is light where the page is: on paper.
  const named = (chart) => {
    for (const name of ["--text", "--quiet", "--line", "--accent", "--c1", "--c2", "--c3", "--c4", "--c5", "--c6"]) {
      for (const kind of ["fill", "stroke"]) all(`[${kind}="${colour(name)}"]`, chart).forEach((each) => { each.style[kind] = `var(${name})`; });
    }
  };
  const embed = (place, spec, config) => window.vegaEmbed(place, spec, {
    ast: true, actions: false, renderer: "svg", defaultStyle: false, config, tooltip: { disableDefaultStyle: true },
  });
  const draw = async (figure) => {
    const width = figure.querySelector(".chart").clientWidth;
    const spec = broken(JSON.parse(figure.querySelector("script").textContent), width);
    figure.view = (await embed(figure.querySelector(".chart"), spec, look(width))).view;
    named(figure);
  };
  const inLight = (what) => {
    const { dataset } = document.documentElement, theme = dataset.theme;
    dataset.theme = "light";
    try { return what(); } finally { dataset.theme = theme; }
  };
  const picture = async (link) => {
    const figure = link.closest("figure"), place = document.createElement("div");
    if (!figure.view) return;
    const width = figure.querySelector(".chart").clientWidth;
    const spec = { ...broken(JSON.parse(figure.querySelector("script").textContent), width), width: figure.view.width() };
    const made = await embed(place, spec, { ...inLight(() => look(width)), background: "#fff" });
    const address = await made.view.toImageURL("png", 2);
    made.finalize();
    const save = document.createElement("a");
    save.href = address;
    save.download = link.dataset.picture;
    save.click();
  };
  const drawAll = () => all("figure[data-chart]").forEach(draw);
  if (window.vegaEmbed) drawAll();
  window.addEventListener("themechange", () => window.vegaEmbed && drawAll());
})();
