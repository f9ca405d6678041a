// Draws a frame that lecture_code computed: paths on a surface, or lines against an axis, and the
// numbers beside them.
// One module for both lives of the figure: Jupyter calls render() with the widget's model, live.js
// with a model that looks frames up in the page. Nothing here takes a step of an optimizer.

const STYLE = `
.lc-surface {
  --lc-ink: var(--pst-color-text-base, var(--jp-ui-font-color1, CanvasText));
  --lc-soft: var(--pst-color-text-muted, var(--jp-ui-font-color2, CanvasText));
  --lc-page: var(--pst-color-background, var(--jp-layout-color0, Canvas));
  --lc-line: color-mix(in srgb, var(--lc-ink) 22%, transparent);
  --lc-focus: var(--pst-color-primary, var(--jp-brand-color1, Highlight));
  container-type: inline-size;
  color: var(--lc-ink);
  font-size: 0.9rem;
  line-height: 1.4;
  margin: 0 0 0.75rem;
  text-align: left;
  width: 100%;
  max-width: 48rem; /* or the drawing would be taller than a screen */
}
.lc-surface * { box-sizing: border-box; }
.lc-surface-title { font-weight: 600; font-size: 1rem; margin: 0 0 0.5rem; }
.lc-surface-body { display: grid; gap: 0.75rem 1.75rem; }
.lc-surface .lc-surface-body .lc-surface-plot { display: block; width: 100%; height: auto; margin: 0; }
.lc-surface-side { display: grid; gap: 0.75rem; align-content: start; }
.lc-surface-controls { display: grid; gap: 0.35rem 1.25rem;
  grid-template-columns: repeat(auto-fit, minmax(min(12.5rem, 100%), 1fr)); }
.lc-surface-slider { display: grid; grid-template-columns: 1fr auto; align-items: baseline; }
.lc-surface-slider label, .lc-surface-slider output { margin: 0; }
.lc-surface-slider output { font-variant-numeric: tabular-nums; font-weight: 600; }
.lc-surface-slider input { grid-column: 1 / -1; width: 100%; height: 1.75rem; margin: 0;
  background: none; appearance: none; cursor: pointer; }
.lc-surface-slider input::-webkit-slider-runnable-track { height: 4px; border-radius: 2px;
  background: color-mix(in srgb, var(--lc-ink) 45%, var(--lc-page)); }
.lc-surface-slider input::-moz-range-track { height: 4px; border-radius: 2px;
  background: color-mix(in srgb, var(--lc-ink) 45%, var(--lc-page)); }
.lc-surface-slider input::-webkit-slider-thumb { appearance: none; width: 1.125rem; height: 1.125rem;
  margin-top: -0.4375rem; border: 2px solid var(--lc-page); border-radius: 50%; background: var(--lc-ink); }
.lc-surface-slider input::-moz-range-thumb { width: 0.875rem; height: 0.875rem;
  border: 2px solid var(--lc-page); border-radius: 50%; background: var(--lc-ink); }
.lc-surface input:focus-visible, .lc-surface button:focus-visible {
  outline: 2px solid var(--lc-focus); outline-offset: 2px; border-radius: 4px; }
.lc-surface-slider input:focus-visible { outline-offset: -2px; }
.lc-surface-toggles { display: flex; flex-wrap: wrap; gap: 0.25rem 1.25rem; align-items: center; }
.lc-surface-toggles label { display: flex; gap: 0.5rem; align-items: center; min-height: 1.75rem;
  margin: 0; cursor: pointer; }
.lc-surface-toggles input { width: 1.1rem; height: 1.1rem; margin: 0; accent-color: var(--lc-focus); }
.lc-surface button { min-height: 1.75rem; padding: 0 0.75rem; font: inherit; color: inherit;
  background: none; border: 1px solid var(--lc-soft); border-radius: 4px; cursor: pointer; }
.lc-surface button:hover { background: color-mix(in srgb, var(--lc-ink) 8%, transparent); }
.lc-surface-toggles button { margin-left: auto; }
.lc-surface-play { display: flex; gap: 0.75rem; align-items: center; }
.lc-surface-play button { min-width: 4.5rem; }
.lc-surface-step { font-variant-numeric: tabular-nums; }
.lc-surface-runs { grid-column: 1 / -1; display: grid; gap: 0.75rem 1.25rem; align-content: start;
  grid-template-columns: repeat(auto-fit, minmax(min(12.5rem, 100%), 1fr)); }
.lc-surface-run { border-top: 1px solid var(--lc-line); padding-top: 0.4rem; }
.lc-surface-name { display: flex; gap: 0.5rem; align-items: center; font-weight: 600; margin: 0; }
.lc-surface .lc-surface-name svg { width: 40px; height: 14px; margin: 0; }
.lc-surface-run dl { margin: 0.1rem 0 0; }
.lc-surface-run dl div { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 0.75rem; }
.lc-surface-run dt { font-weight: 400; color: var(--lc-soft); margin: 0; }
.lc-surface-run dd { margin: 0 0 0 auto; font-variant-numeric: tabular-nums; }
.lc-surface-said { min-height: 2.8em; margin: 0.75rem 0 0; color: var(--lc-soft); }
.lc-surface-caption { margin: 0.5rem 0 0; }
.lc-surface-plot text { fill: var(--lc-ink); font: 12px/1 inherit; font-size: 12px; }
.lc-surface-halo { fill: none; stroke: var(--lc-page); stroke-linejoin: round; stroke-linecap: round; }
.lc-surface-plot .lc-surface-label { paint-order: stroke; stroke: var(--lc-page); stroke-width: 4px;
  stroke-linejoin: round; }
.lc-surface-paper { max-width: 30rem; }
@container (min-width: 33rem) {
  .lc-surface-body { grid-template-columns: minmax(0, 1fr) 14rem; }
  .lc-surface-paper { max-width: none; }
}
.lc-live[data-ready] > .lc-live-static { display: none; }
@media print {
  .lc-surface input[type="range"], .lc-surface button, .lc-surface-step, .lc-surface-said { display: none; }
  .lc-surface { break-inside: avoid; }
}
`;

// Not a <style> element, which the policy of the book's pages forbids.
const SHEET = new CSSStyleSheet();
SHEET.replaceSync(STYLE);
const PLAYING = 4000; // milliseconds
const SVG = "http://www.w3.org/2000/svg";
const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const VALUE = Object.fromEntries([...DIGITS].map((digit, i) => [digit, i]));

const circle = (x, y, r) => `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0z`;
const outline = (corners) => (x, y, r) =>
  `M${corners.map(([a, b]) => `${(x + a * r).toFixed(2)} ${(y + b * r).toFixed(2)}`).join("L")}z`;
const turned = (corners, degrees) => {
  const [cos, sin] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  return corners.map(([a, b]) => [a * cos - b * sin, a * sin + b * cos]);
};
const SQUARE = [[-1, -1], [1, -1], [1, 1], [-1, 1]];
const TRIANGLE = [[0, -1.25], [1.2, 0.95], [-1.2, 0.95]]; // points up
const PLUS = [0, 90, 180, 270].flatMap((side) => turned([[-0.45, -1.3], [0.45, -1.3], [0.45, -0.45]], side));
const HEXAGON = [...Array(6).keys()].flatMap((i) => turned([[0, -1.2]], 60 * i));
const PENTAGON = [...Array(5).keys()].flatMap((i) => turned([[0, -1.2]], 72 * i));
const STAR = [...Array(10).keys()].flatMap((i) => turned([[0, i % 2 ? -0.65 : -1.55]], 36 * i));
// The markers of lecture_code.figures.STYLE: outlines around (x, y), as large as a circle of radius r.
const MARKERS = {
  o: circle,
  s: outline(SQUARE),
  D: outline(turned(SQUARE, 45)),
  "^": outline(TRIANGLE),
  ">": outline(turned(TRIANGLE, 90)),
  v: outline(turned(TRIANGLE, 180)),
  "<": outline(turned(TRIANGLE, 270)),
  P: outline(PLUS),
  X: outline(turned(PLUS, 45)),
  d: outline([[0, -1.5], [0.9, 0], [0, 1.5], [-0.9, 0]]),
  p: outline(PENTAGON),
  h: outline(HEXAGON),
  H: outline(turned(HEXAGON, 30)),
  "*": outline(STAR),
};

// The points of lecture_code.widgets.pack: second differences as base64 VLQ, all x, then all y.
function unpack(text) {
  const moves = [];
  let value = 0;
  let shift = 0;
  for (const digit of text) {
    const bits = VALUE[digit];
    value |= (bits & 31) << shift;
    shift += 5;
    if (bits < 32) {
      moves.push(value & 1 ? -(value >> 1) : value >> 1);
      value = shift = 0;
    }
  }
  const half = moves.length / 2;
  const sum = (list) => {
    let total = 0;
    return list.map((x) => (total += x));
  };
  const [x, y] = [moves.slice(0, half), moves.slice(half)].map((list) => sum(sum(list)));
  return x.map((value, i) => [value, y[i]]);
}

function html(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

function svg(tag, attributes = {}, ...children) {
  const node = document.createElementNS(SVG, tag);
  set(node, attributes);
  node.append(...children);
  return node;
}

function set(node, attributes) {
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
}

const newId = () => `lc-${Math.random().toString(36).slice(2)}`; // several figures share a page
const sentence = (text) => text.charAt(0).toUpperCase() + text.slice(1);

function render({ model, el }) {
  if (!document.adoptedStyleSheets.includes(SHEET)) document.adoptedStyleSheets.push(SHEET);
  const spec = model.get("spec");
  const controls = spec.controls.map((control) => makeControl(control, model));
  const runs = spec.runs.map((run) => makeRun(run, spec.readout));
  const plot = makePlot(spec, runs);
  const said = html("p", { class: "lc-surface-said", "aria-live": "polite" });
  said.textContent = "Move a control: this line says what changed.";

  const player = spec.play ? makePlayer(spec, plot, (words) => (said.textContent = words)) : null;
  const reset = html("button", { type: "button" }, "Reset");
  reset.addEventListener("click", () => {
    player?.finish(); // a kernel has nothing to answer where no control has moved
    choose(model, spec.default);
  });
  const boxes = controls.filter(({ control }) => control.kind === "toggle");
  const paper = html("div", { class: "lc-surface-paper" }, plot.node);
  const side = html("div", { class: "lc-surface-side" },
    html("div", { class: "lc-surface-controls" },
      ...controls.filter(({ control }) => control.kind === "slider").map(({ node }) => node)),
    ...(player ? [player.node] : []),
    html("div", { class: "lc-surface-toggles" }, ...boxes.map(({ node }) => node), reset));
  const cards = html("div", { class: "lc-surface-runs" }, ...runs.map(({ node }) => node));
  const words = [cards, said];
  const root = html("div", { class: "lc-surface", role: "group", "aria-label": spec.title },
    html("p", { class: "lc-surface-title" }, spec.title),
    html("div", { class: "lc-surface-body" }, paper, side, cards), said);
  if (model.get("caption")) {
    const caption = html("p", { class: "lc-surface-caption" });
    caption.innerHTML = model.get("caption"); // the author's own HTML
    root.append(caption);
  }
  el.append(root);

  let shown = null;
  const draw = () => {
    const frame = model.get("frame");
    for (const control of controls) control.show(model.get("choice"), frame);
    for (const run of runs) run.show(frame);
    if (shown) player?.finish();
    plot.draw(frame);
    plot.node.setAttribute("aria-label", describe(spec, frame));
    if (shown) said.textContent = compare(spec, shown, frame) || said.textContent;
    shown = frame;
  };
  draw();
  model.on("change:frame", draw);
  let width = plot.width();
  const observer = new ResizeObserver(() => {
    if (plot.width() !== width) {
      for (const node of words) node.style.minHeight = "";
      plot.draw(model.get("frame"));
    }
    width = plot.width();
    // Words that have become longer keep their height, or the page would jump with every move.
    for (const node of words) node.style.minHeight = `${node.getBoundingClientRect().height}px`;
  });
  for (const node of [paper, ...words]) observer.observe(node);
  return () => {
    observer.disconnect();
    player?.finish();
    model.off("change:frame", draw);
  };
}

function choose(model, choice) {
  model.set("choice", { ...model.get("choice"), ...choice });
  model.save_changes();
}

function makeControl(control, model) {
  const id = newId();
  if (control.kind === "toggle") {
    const input = html("input", { type: "checkbox", id });
    input.addEventListener("change", () => choose(model, { [control.name]: Number(input.checked) }));
    const show = (choice) => (input.checked = Boolean(choice[control.name]));
    return { control, node: html("label", { for: id }, input, control.label), show };
  }
  const input = html("input", { type: "range", id, min: 0, max: control.count - 1, step: model.get("step") });
  const output = html("output", { for: id });
  input.addEventListener("input", () => choose(model, { [control.name]: Number(input.value) }));
  const show = (choice, frame) => {
    const text = frame[`text.${control.name}`];
    if (Number(input.value) !== choice[control.name]) input.value = choice[control.name];
    input.setAttribute("aria-valuetext", text);
    output.textContent = text;
  };
  const label = html("label", { for: id }, control.label);
  return { control, node: html("div", { class: "lc-surface-slider" }, label, output, input), show };
}

// A method's line in the plot, and its card with a sample of the line and the numbers.
function makeRun(run, readout) {
  const stroke = { stroke: run.color, fill: "none", "stroke-width": 2, "stroke-linejoin": "round" };
  const mark = { stroke: "var(--lc-page)", fill: run.color, "stroke-width": 1, "paint-order": "stroke" };
  const dash = { "stroke-dasharray": run.dash };
  const layers = {
    halo: svg("path", { class: "lc-surface-halo", "stroke-width": 5, opacity: 0.75 }),
    line: svg("path", { ...stroke, ...dash, "data-run": run.name }),
    marks: svg("path", mark),
    end: svg("path", { ...mark, "stroke-width": 2 }),
  };
  const sample = svg("svg", { viewBox: "0 0 40 14", "aria-hidden": "true" },
    svg("path", { ...stroke, ...dash, d: "M1 7H39" }),
    svg("path", { ...mark, d: MARKERS[run.marker](20, 7, 4) }));
  const values = readout.map(() => html("dd"));
  const list = html("dl", {}, ...readout.map((name, i) => html("div", {}, html("dt", {}, name), values[i])));
  const node = html("div", { class: "lc-surface-run", "data-run": run.name },
    html("p", { class: "lc-surface-name" }, sample, html("span", {}, sentence(run.label))), list);
  const show = (frame) => frame[`told.${run.name}`].forEach((text, i) => (values[i].textContent = text));
  return { run, layers, node, show };
}

function makePlot(spec, runs) {
  const [rightmost, number] = spec.axes[0].ticks.at(-1) ?? [0, ""];
  const edge = {
    left: spec.axes[1].ticks.some(([, words]) => words.length > 4) ? 48 : 34,
    right: rightmost > 0.97 * spec.unit ? Math.max(10, 4 * number.length + 4) : 10, // half of the last number
    top: 24, bottom: 34,
  };
  const ticks = svg("g");
  const contours = svg("g", { fill: "currentColor", "fill-opacity": 0.035, "fill-rule": "evenodd",
    stroke: "currentColor", "stroke-opacity": 0.2, "stroke-width": 1 });
  const minimum = svg("path", { fill: "currentColor", stroke: "var(--lc-page)", "paint-order": "stroke", "stroke-width": 3 });
  const start = svg("path", { fill: "var(--lc-page)", stroke: "currentColor", "stroke-width": 2 });
  const words = ["start", "minimum"].map((text) => svg("text", { class: "lc-surface-label" }, text));
  const id = newId();
  const inside = svg("rect");
  const border = svg("rect", { fill: "none", stroke: "currentColor", "stroke-opacity": 0.45 });
  const view = svg("g", { transform: `translate(${edge.left} ${edge.top})` }, svg("clipPath", { id }, inside),
    svg("g", { "clip-path": `url(#${id})` }, contours, ...runs.map(({ layers }) => layers.halo), minimum,
      ...runs.flatMap(({ layers }) => [layers.line, layers.marks]), start,
      ...runs.map(({ layers }) => layers.end), ...words),
    border);
  const node = svg("svg", { class: "lc-surface-plot", role: "img" }, view, ticks);
  let surface = null;
  let drawnWidth = 0;
  let paths = []; // of the runs, in pixels
  let gap = 0; // between markers
  let last = Infinity; // the step up to which paths are drawn

  const width = () => Math.round(node.parentElement.clientWidth) || 480; // 0 while hidden
  const draw = (frame) => {
    const w = width() - edge.left - edge.right;
    const h = Math.round(w * Math.min(Math.max(spec.aspect, 0.5), 1.1));
    const at = ([x, y]) => [(x / spec.unit) * w, h - (y / spec.unit) * h];
    if (drawnWidth !== width()) {
      drawnWidth = width();
      set(node, { viewBox: `0 0 ${drawnWidth} ${h + edge.top + edge.bottom}` });
      for (const box of [inside, border]) set(box, { width: w, height: h });
      set(contours, { transform: `matrix(${w / spec.unit} 0 0 ${-h / spec.unit} 0 ${h})` });
      ticks.replaceChildren(...drawTicks(spec, edge, w, h));
    }
    if (surface !== JSON.stringify(frame.surface)) {
      surface = JSON.stringify(frame.surface);
      contours.replaceChildren(...frame.surface.contours.map((d) =>
        svg("path", { d, "vector-effect": "non-scaling-stroke" })));
    }
    paths = runs.map(({ run }) => unpack(frame[`path.${run.name}`]).map(at));
    gap = frame.surface.start ? 9 : 45;
    trace(last);
    const places = [frame.surface.start, frame.surface.minimum].map((point) => point && at(point));
    start.setAttribute("d", places[0] ? circle(...places[0], 5) : "");
    minimum.setAttribute("d", places[1] ? MARKERS["*"](...places[1], 7) : "");
    words.forEach((word, i) => {
      if (places[i]) place(word, places[i], w, h);
      word.style.display = places[i] ? "" : "none";
    });
  };
  const trace = (step) => {
    last = step;
    runs.forEach(({ run, layers }, i) => {
      const points = upTo(paths[i], step);
      const d = `M${points.map((p) => p.map((x) => x.toFixed(1)).join(" ")).join("L")}`;
      layers.halo.setAttribute("d", d);
      layers.line.setAttribute("d", d);
      layers.marks.setAttribute("d", sparse(points, gap).map(([x, y]) => MARKERS[run.marker](x, y, 3)).join(""));
      layers.end.setAttribute("d", MARKERS[run.marker](...points.at(-1), 5));
    });
  };
  const steps = () => Math.max(...paths.map((points) => points.length - 1));
  return { node, draw, trace, steps, width };
}

// The part of a path up to a step, which need not be a whole number.
function upTo(points, step) {
  if (step >= points.length - 1) return points;
  const [whole, part] = [Math.floor(step), step % 1];
  const done = points.slice(0, whole + 1);
  return part ? [...done, done.at(-1).map((x, i) => x + part * (points[whole + 1][i] - x))] : done;
}

// A button that draws the paths step by step. The reader starts it, and where the figure says
// "once" it starts by itself when it first comes into view, unless motion is to be reduced; then
// paths grow by whole steps, and only when asked to.
function makePlayer(spec, plot, say) {
  const button = html("button", { type: "button" }, "Play");
  const count = html("span", { class: "lc-surface-step" });
  const reduced = matchMedia("(prefers-reduced-motion: reduce)");
  let now = Infinity;
  let request = 0;
  const told = () => `step ${Math.floor(now)} of ${plot.steps()}`;
  const show = (step) => {
    now = step;
    count.textContent = now < plot.steps() ? told() : "";
    plot.trace(now);
  };
  const stop = () => {
    cancelAnimationFrame(request);
    request = 0;
    button.textContent = "Play";
  };
  const finish = () => {
    entrance?.disconnect();
    stop();
    show(Infinity);
  };
  const play = (done) => {
    const from = now < plot.steps() ? now : 0;
    let began = null;
    const tick = (time) => {
      began ??= time;
      const step = from + ((time - began) / PLAYING) * plot.steps();
      if (step >= plot.steps()) {
        finish();
        done();
        return;
      }
      show(reduced.matches ? Math.floor(step) : step);
      request = requestAnimationFrame(tick);
    };
    button.textContent = "Pause";
    request = requestAnimationFrame(tick);
  };
  button.addEventListener("click", () => {
    entrance?.disconnect();
    if (request) {
      stop();
      say(`Paused at ${told()}.`);
    } else {
      say(`Playing ${plot.steps()} steps.`);
      play(() => say(`Played: all ${plot.steps()} steps are shown.`));
    }
  });
  const entrance = spec.play === "once" && !reduced.matches
    ? new IntersectionObserver((entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      entrance.disconnect();
      play(() => {});
    }, { threshold: 0.3 })
    : null;
  entrance?.observe(plot.node);
  return { node: html("div", { class: "lc-surface-play" }, button, count), finish };
}

// Not every step needs a marker: only those some pixels from the last one that has one.
function sparse(points, gap) {
  let last = points[0];
  return points.slice(1, -1).filter((point) => {
    if (Math.hypot(point[0] - last[0], point[1] - last[1]) < gap) return false;
    last = point;
    return true;
  });
}

function place(text, [x, y], w, h) {
  const left = x > 0.75 * w;
  set(text, { x: x + (left ? -11 : 11), y: y < 0.1 * h ? y + 18 : y - 9, "text-anchor": left ? "end" : "start" });
}

function drawTicks(spec, edge, w, h) {
  const [across, up] = spec.axes;
  const lines = [];
  const text = (x, y, anchor, words) => svg("text", { x, y, "text-anchor": anchor }, words);
  for (const [unit, words] of across.ticks) {
    const x = edge.left + (unit / spec.unit) * w;
    lines.push(svg("path", { d: `M${x} ${edge.top + h}v4`, stroke: "currentColor", "stroke-opacity": 0.6 }),
      text(x, edge.top + h + 17, "middle", words));
  }
  for (const [unit, words] of up.ticks) {
    const y = edge.top + h - (unit / spec.unit) * h;
    lines.push(svg("path", { d: `M${edge.left} ${y}h-4`, stroke: "currentColor", "stroke-opacity": 0.6 }),
      text(edge.left - 7, y + 4, "end", words));
  }
  const names = [text(edge.left + w, edge.top + h + 31, "end", across.name),
    up.name.length > 2 ? text(4, edge.top - 10, "start", up.name) : text(edge.left - 7, edge.top - 10, "end", up.name)];
  names.forEach((name) => set(name, { "font-style": "italic" }));
  return [...lines, ...names];
}

const settings = (spec, frame) =>
  spec.controls.map(({ name, label }) => `${label} ${frame[`text.${name}`]}`).join(", ");

function describe(spec, frame) {
  const told = spec.runs.map(({ name, label }) =>
    `${sentence(label)}: ${spec.readout.map((what, i) => `${what} ${frame[`told.${name}`][i]}`).join(", ")}.`);
  return `${spec.title}, ${spec.kind}. ${settings(spec, frame)}. ${told.join(" ")}`;
}

// What changed, in words: the controls, then for each method its first number, and how a path ends
// where that is no point.
function compare(spec, before, after) {
  const moved = spec.controls
    .filter(({ name }) => before[`text.${name}`] !== after[`text.${name}`])
    .map(({ name, label }) => `${label} from ${before[`text.${name}`]} to ${after[`text.${name}`]}.`);
  if (!moved.length) return "";
  const last = spec.readout.length - 1;
  const told = spec.runs.map(({ name, label }) => {
    const [old, now] = [before[`told.${name}`], after[`told.${name}`]];
    if (old.every((text, i) => text === now[i])) return `${sentence(label)}: unchanged.`;
    const parts = old[0] === now[0] ? [] : [`${spec.readout[0]} from ${old[0]} to ${now[0]}`];
    if (spec.readout[last] === "end" && old[last] !== now[last] && !now[last].startsWith("(")) parts.push(now[last]);
    if (!parts.length) parts.push(`${spec.readout[0]} still ${now[0]}`);
    return `${sentence(label)}: ${parts.join(", ")}.`;
  });
  return [...moved, ...told].join(" ");
}

export default { render };
