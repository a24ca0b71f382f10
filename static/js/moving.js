// A page that moves by itself leaves alone what its reader opened and where the focus is.
let opened = [];
let focused = "";

document.addEventListener("htmx:oobBeforeSwap", (event) => {
  const old = event.detail.target;
  if (old.id !== "live") return;
  opened = [...old.querySelectorAll("details[id][open]")].map((each) => each.id);
  focused = old.contains(document.activeElement) ? document.activeElement.id : "";
});

document.addEventListener("htmx:oobAfterSwap", () => {
  for (const id of opened) {
    const details = document.getElementById(id);
    if (details) details.open = true;
  }
  if (focused && document.activeElement === document.body) {
    document.getElementById(focused)?.focus({ preventScroll: true });
  }
});
