// Copy buttons: shown only where script may write to the clipboard; they say when it is done.
const SHOWN_FOR = 2000; // milliseconds

function reveal(root) {
  if (!navigator.clipboard) return; // browsers give it to https and localhost only
  for (const button of root.querySelectorAll("button[data-copy][hidden]")) button.hidden = false;
}

const live = document.createElement("div");
live.className = "visually-hidden";
live.setAttribute("aria-live", "polite");
document.body.append(live);

document.addEventListener("click", async (event) => {
  const button = event.target.closest("button[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(button.dataset.copy);
  const words = button.querySelector("[data-copy-words]");
  const before = words ? words.textContent : "";
  const done = document.documentElement.dataset.copied || "Copied";
  button.classList.add("copied");
  if (words) words.textContent = done;
  live.textContent = done;
  setTimeout(() => {
    button.classList.remove("copied");
    if (words) words.textContent = before;
    live.textContent = "";
  }, SHOWN_FOR);
});

reveal(document);
document.addEventListener("htmx:load", (event) => reveal(event.target));
