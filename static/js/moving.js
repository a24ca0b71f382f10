// A page that moves by itself leaves alone what its reader opened and where the focus is.
let opened = [];
let focused = "";

// Where the page says how it moves, the words for a page without script are false here.
function tell() {
  for (const each of document.querySelectorAll("[data-moves]"))
    each.hidden = each.dataset.moves !== "by-itself";
}

tell();

document.addEventListener("htmx:oobBeforeSwap", (event) => {
  const old = event.detail.target;
  if (old.id !== "live") return;
  opened = [...old.querySelectorAll("details[id][open]")].map((each) => each.id);
  focused = old.contains(document.activeElement) ? document.activeElement.id : "";
});

document.addEventListener("htmx:oobAfterSwap", () => {
  tell();
  for (const id of opened) {
    const details = document.getElementById(id);
    if (details) details.open = true;
  }
  if (focused && document.activeElement === document.body) {
    document.getElementById(focused)?.focus({ preventScroll: true });
  }
});
