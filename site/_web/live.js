// Brings the figures of a static page to life: no kernel, no widget manager.
// A figure carries, as JSON, every frame that lecture_code computed for its grid of controls. The
// drawing module is the one that Jupyter uses; here its model looks the frames up.

import surface from "./surface.js";

// The part of a frame that the positions of the controls select: see lecture_code.widgets.
function lookUp({ on, items, pick }, choice, sizes) {
  return items[pick[on.reduce((place, name) => place * sizes[name] + choice[name], 0)]];
}

function gridModel({ spec, choice, step, grid }) {
  const sizes = Object.fromEntries(spec.controls.map(({ name, count }) => [name, count]));
  const frameAt = (choice) =>
    Object.fromEntries(Object.entries(grid).map(([part, table]) => [part, lookUp(table, choice, sizes)]));
  const state = { spec, choice, step, frame: frameAt(choice) };
  const listeners = {};
  return {
    get: (name) => state[name],
    set: (name, value) => (state[name] = value),
    on: (event, listener) => (listeners[event] ??= new Set()).add(listener),
    off: (event, listener) => listeners[event]?.delete(listener),
    save_changes() {
      state.frame = frameAt(state.choice);
      listeners["change:frame"]?.forEach((listener) => listener());
    },
  };
}

function hydrate(figure) {
  const state = JSON.parse(figure.querySelector("script[type='application/json']").textContent);
  const el = document.createElement("div");
  figure.querySelector(".lc-live-static").after(el);
  surface.render({ model: gridModel(state), el });
  figure.dataset.ready = "";
}

for (const figure of document.querySelectorAll("figure.lc-live")) hydrate(figure);
