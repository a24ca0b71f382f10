// Passkeys: a form with data-passkey asks the browser for one before it is sent.
// "sign-in" and "confirm" use a passkey, "create" makes one. Options come from data-options, or,
// at sign-in, from the form's own address, because they are only good for a few minutes.
const passkeys = window.webauthnJSON;

async function optionsOf(form) {
  if (form.dataset.options) return JSON.parse(form.dataset.options);
  const answer = await fetch(form.action, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`${answer.status}`);
  return (await answer.json()).request_options;
}

function withChoice(form, options) {
  // Signing in with the passkey alone needs one that the device keeps and unlocks for its owner.
  const alone = form.elements.passwordless.checked;
  const wanted = options.publicKey.authenticatorSelection;
  wanted.residentKey = alone ? "required" : "discouraged";
  wanted.requireResidentKey = alone;
  if (alone) wanted.userVerification = "required";
  return options;
}

async function ask(form) {
  const options = await optionsOf(form);
  return form.dataset.passkey === "create"
    ? passkeys.create(withChoice(form, options))
    : passkeys.get(options);
}

async function send(event) {
  const form = event.currentTarget;
  const problem = form.querySelector("[data-passkey-problem]");
  event.preventDefault();
  problem.hidden = true;
  try {
    form.elements.credential.value = JSON.stringify(await ask(form));
  } catch {
    problem.hidden = false;
    return;
  }
  form.submit();
}

if (passkeys?.supported()) {
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    form.addEventListener("submit", send);
    form.hidden = false;
  }
  for (const words of document.querySelectorAll("[data-passkey-absent]")) words.hidden = true;
}
