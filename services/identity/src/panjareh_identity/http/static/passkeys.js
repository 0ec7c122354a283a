// Lets the browser answer for a form that asks for a passkey; the form itself goes to the server as any other.
// <form data-passkey="get|create" data-options="…JSON…"> with a field `passkey`, and an element .failed inside.
"use strict";

function publicKey(form) {
  const options = JSON.parse(form.dataset.options);
  return form.dataset.passkey === "create"
    ? PublicKeyCredential.parseCreationOptionsFromJSON(options)
    : PublicKeyCredential.parseRequestOptionsFromJSON(options);
}

async function answer(form) {
  const wanted = { publicKey: publicKey(form) };
  const made =
    form.dataset.passkey === "create"
      ? await navigator.credentials.create(wanted)
      : await navigator.credentials.get(wanted);
  form.elements.passkey.value = JSON.stringify(made.toJSON());
  form.submit();
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  const can = window.PublicKeyCredential && PublicKeyCredential.parseRequestOptionsFromJSON;
  form.hidden = !can;
  const without = document.getElementById(form.dataset.without);
  if (can && without) without.hidden = true;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const failed = form.querySelector(".failed");
    failed.hidden = true;
    answer(form).catch(() => {
      failed.hidden = false;
      failed.focus();
    });
  });
}
