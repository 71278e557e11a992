// Passkeys: asks the browser to make one, or to sign with one, and sends its answer with the form.
(() => {
  "use strict";
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const known = (list) => (list || []).map((item) => ({ ...item, id: bytes(item.id) }));

  async function create(form) {
    const headers = { "X-CSRFToken": form.elements.csrfmiddlewaretoken.value };
    const answer = await fetch(form.dataset.passkeyOptions, { method: "POST", headers });
    if (answer.status === 403) { form.submit(); return null; } // it asks for the password first
    const asked = (await answer.json()).publicKey;
    asked.challenge = bytes(asked.challenge);
    asked.user.id = bytes(asked.user.id);
    asked.excludeCredentials = known(asked.excludeCredentials);
    const made = await navigator.credentials.create({ publicKey: asked });
    return answered(made, { attestationObject: text(made.response.attestationObject) });
  }

  async function get() {
    const asked = JSON.parse(document.getElementById("passkey-options").textContent).publicKey;
    asked.challenge = bytes(asked.challenge);
    asked.allowCredentials = known(asked.allowCredentials);
    const used = await navigator.credentials.get({ publicKey: asked });
    return answered(used, { authenticatorData: text(used.response.authenticatorData), signature: text(used.response.signature) });
  }

  function answered(credential, more) {
    const response = { clientDataJSON: text(credential.response.clientDataJSON), ...more };
    return JSON.stringify({ id: credential.id, rawId: text(credential.rawId), type: credential.type, response, clientExtensionResults: {} });
  }

  for (const button of document.querySelectorAll("[data-passkey]")) {
    button.addEventListener("click", async () => {
      const form = button.closest("form");
      const error = form.querySelector("[data-passkey-error]");
      error.hidden = true;
      try {
        const answer = await (button.dataset.passkey === "create" ? create(form) : get());
        if (answer === null) return;
        (form.elements.proof_passkey || form.elements.passkey).value = answer;
        form.submit();
      } catch (reason) {
        error.textContent = button.dataset.fails;
        error.hidden = false;
      }
    });
  }
})();
