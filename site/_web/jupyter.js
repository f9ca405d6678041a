// Names and roles that the pages of JupyterLite lack, given as its parts appear.

const MENDED = [
  ["#jp-NotebookLogo", { "aria-label": "Files" }],
  [".skip-link", { tabindex: "0", href: "#main" }],
  [".jp-collapseHeadingButton", { "aria-label": "Fold or unfold this section" }],
  [".jp-Cell .cm-content", { "aria-label": "Text of the cell" }],
  [".jp-WindowedPanel-viewport[role=feed] > *", { role: "article" }],
];
let due = false;

// Whether a button is pressed is for the button inside to say, from which it goes with the other's.
function handDown(outer) {
  const pressed = outer.getAttribute("aria-pressed");
  const inner = outer.shadowRoot?.querySelector("button");
  if (!inner) return;
  outer.removeAttribute("aria-pressed");
  requestAnimationFrame(() => requestAnimationFrame(() => inner.setAttribute("aria-pressed", pressed)));
}

function mend() {
  due = false;
  document.querySelectorAll("jp-button[aria-pressed]").forEach(handDown);
  for (const [selector, attributes] of MENDED)
    for (const node of document.querySelectorAll(selector))
      for (const [name, value] of Object.entries(attributes))
        if (node.getAttribute(name) !== value) node.setAttribute(name, value);
}

new MutationObserver(() => {
  if (!due) requestAnimationFrame(mend);
  due = true;
}).observe(document, { subtree: true, childList: true });
