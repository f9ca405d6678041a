// What scrolls sideways can be reached by keyboard. (The theme sees to code and tables.)
function openToKeyboard() {
  const boxes = document.querySelectorAll("main :is(mjx-container[display], .math, .output)");
  for (const box of boxes) {
    if (box.scrollWidth > box.clientWidth + 1) box.tabIndex = 0;
    else if (box.tabIndex === 0) box.removeAttribute("tabindex");
  }
}

window.addEventListener("load", () => {
  openToKeyboard();
  new ResizeObserver(openToKeyboard).observe(document.querySelector("main"));
});

// When a menu closes, the keyboard is back where it was opened.
let opener = null;
document.addEventListener(
  "click",
  (event) => {
    opener = event.target.closest(".sidebar-toggle, .search-button__button") ?? opener;
  },
  true,
);
for (const dialog of document.querySelectorAll("dialog")) {
  dialog.addEventListener("close", () => opener?.focus());
}

for (const button of document.querySelectorAll("[data-print]")) {
  button.addEventListener("click", () => window.print());
}
